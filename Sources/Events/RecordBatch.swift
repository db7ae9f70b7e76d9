// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// Records in the shape of plugin.h, with all that they point to in one block of memory.
///
/// Unchecked: once it is made and numbered nothing in it changes; the queues of all feeders share it.
public final class RecordBatch: @unchecked Sendable {
    private let records: UnsafeMutablePointer<kubearmor_record>
    let count: Int
    /// What it occupies.
    let bytes: Int
    /// The kinds of its records: `1 << kind`.
    let kinds: UInt32

    /// Takes the block.
    init(_ block: RecordArena.Block) {
        records = block.records
        count = block.count
        bytes = block.bytes
        var kinds: UInt32 = 0
        for index in 0..<count { kinds |= 1 << (records[index].type & 31) }
        self.kinds = kinds
    }

    /// Copies everything that the records hold.
    public convenience init(_ source: some Collection<EventRecord>) {
        let arena = RecordArena(recordLimit: source.count)
        for record in source { arena.add(record) }
        self.init(arena.takeBlock())
    }

    deinit { records.deallocate() }

    /// Where the records of these kinds are.
    func ranges(of wanted: UInt32) -> [Range<Int>] {
        if kinds & ~wanted == 0 { return [0..<count] }
        var ranges: [Range<Int>] = []
        var start = 0
        for index in 0...count {
            if index < count, wanted >> (records[index].type & 31) & 1 == 1 { continue }
            if start < index { ranges.append(start..<index) }
            start = index + 1
        }
        return ranges
    }

    /// Gives the records their numbers; called once, before any queue has the batch.
    func number(from first: UInt64) {
        for index in 0..<count { records[index].sequence = first + UInt64(index) }
    }

    /// The records; valid as long as the batch is.
    var base: UnsafePointer<kubearmor_record> { UnsafePointer(records) }

    /// Lends the records; the pointer and all in it are valid until `body` returns.
    public func withRecords<Result>(
        _ body: (UnsafePointer<kubearmor_record>, Int) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(self) { try body(base, count) }
    }
}
