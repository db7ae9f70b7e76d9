// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// The memory in which the records of one batch are made: nothing is allocated for a record.
///
/// Texts, tags and pairs lie one behind the other in a chunk; what several records have in common lies there once.
/// ``takeBlock()`` copies all into one block of just the size, which the queues of the feeders share, and begins anew.
/// One thread at a time has it.
final class RecordArena {
    /// Records of a batch at most: what a feeder gets in one call.
    static let recordLimit = 256
    /// A batch is finished when its texts have so many bytes, so that the chunk is rarely left.
    private static let textLimit = 160 << 10
    private static let chunkSize = 192 << 10

    private struct Chunk {
        let base: UnsafeMutableRawPointer
        let capacity: Int
        var used = 0
    }

    /// Tags are shared by records; they are listed here so that each array is moved once.
    private struct Tags {
        let array: UnsafeMutablePointer<kubearmor_string>
        let count: Int
    }

    /// What ``takeBlock()`` gives away: the records, and behind them all that they point to.
    struct Block {
        let records: UnsafeMutablePointer<kubearmor_record>
        let count: Int
        let bytes: Int
    }

    private let recordLimit: Int
    private let records: UnsafeMutablePointer<kubearmor_record>
    private(set) var count = 0
    private var current: Chunk
    /// Filled before the current one, in their order; empty as a rule.
    private var full: [Chunk] = []
    private var tags: [Tags] = []
    /// Of the batch that is made now: what has another was laid into an earlier one and is gone.
    private(set) var batch: UInt64 = 1

    init(recordLimit: Int = RecordArena.recordLimit) {
        self.recordLimit = recordLimit
        records = .allocate(capacity: max(1, recordLimit))
        current = Self.chunk(Self.chunkSize)
    }

    deinit {
        records.deallocate()
        for chunk in full + [current] { chunk.base.deallocate() }
    }

    private static func chunk(_ capacity: Int) -> Chunk {
        Chunk(base: .allocate(byteCount: capacity, alignment: 16), capacity: capacity)
    }

    /// Whether the batch has to be finished before the next record.
    var isFull: Bool { count == recordLimit || current.used > Self.textLimit || !full.isEmpty }

    // MARK: Records

    /// A new record, all of it absent; valid until the batch is finished.
    func add(_ kind: EventRecord.Kind) -> UnsafeMutablePointer<kubearmor_record> {
        precondition(count < recordLimit, "the batch is full")
        let record = records + count
        memset(record, 0, MemoryLayout<kubearmor_record>.size)
        record.pointee.struct_size = UInt32(MemoryLayout<kubearmor_record>.size)
        record.pointee.type = kind.rawValue
        count += 1
        return record
    }

    /// What was added last; its texts are valid until the batch is finished.
    var last: kubearmor_record? { count > 0 ? records[count - 1] : nil }

    // MARK: Texts

    /// Room for `size` bytes, valid until the batch is finished; ``trim(to:)`` gives back what of it stays unused.
    @inline(__always)
    func room(_ size: Int) -> UnsafeMutablePointer<UInt8> {
        if current.capacity - current.used < size { extend(size) }
        let place = current.base + current.used
        current.used += size
        return place.assumingMemoryBound(to: UInt8.self)
    }

    /// Ends the room that was taken last at `end`.
    @inline(__always)
    func trim(to end: UnsafeMutablePointer<UInt8>) {
        current.used = UnsafeMutableRawPointer(end) - current.base
    }

    private func extend(_ size: Int) {
        full.append(current)
        current = Self.chunk(max(Self.chunkSize, size + 16))
    }

    /// A copy of the text, which may be the plugin's memory.
    @inline(__always)
    func copy(_ text: kubearmor_string) -> kubearmor_string {
        guard let data = text.data, text.length > 0 else { return kubearmor_string() }
        let place = room(Int(text.length))
        memcpy(place, data, Int(text.length))
        return kubearmor_string(place, count: Int(text.length))
    }

    /// The bytes that the text stands for, see ``ForeignBytes``.
    func copy(_ text: String) -> kubearmor_string {
        var text = text
        return text.withUTF8 { bytes in
            guard !bytes.isEmpty else { return kubearmor_string() }
            let place = room(bytes.count)
            let length = ForeignBytes.restore(bytes, into: place)
            trim(to: place + length)
            return kubearmor_string(place, count: length)
        }
    }

    func copy(_ number: UInt64) -> kubearmor_string {
        let place = room(20)
        var end = place + 20
        var rest = number
        repeat {
            end -= 1
            end.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        return kubearmor_string(end, count: place + 20 - end)
    }

    // MARK: Lists

    private func array<Element: BitwiseCopyable>(of type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = room(count * MemoryLayout<Element>.stride + 7)
        let aligned = UnsafeMutableRawPointer(bytes).alignedUp(toMultipleOf: 8)
        return aligned.bindMemory(to: type, capacity: count)
    }

    func copy(tags texts: [String]) -> UnsafePointer<kubearmor_string> {
        let list = array(of: kubearmor_string.self, texts.count)
        for (index, text) in texts.enumerated() { list[index] = copy(text) }
        tags.append(Tags(array: list, count: texts.count))
        return UnsafePointer(list)
    }

    /// Sets the pairs of a record; the texts are already of this batch.
    func set(_ pairs: UnsafeBufferPointer<kubearmor_pair>, in record: inout kubearmor_record) {
        guard let base = pairs.baseAddress, !pairs.isEmpty else { return }
        let list = array(of: kubearmor_pair.self, pairs.count)
        list.update(from: base, count: pairs.count)
        record.event_data = UnsafePointer(list)
        record.event_data_count = UInt64(pairs.count)
    }

    // MARK: The end of a batch

    /// The records made since the last batch, nil when there is none.
    func finish() -> RecordBatch? {
        guard count > 0 else {
            clear()
            return nil
        }
        return RecordBatch(takeBlock())
    }

    func takeBlock() -> Block {
        let recordBytes = count * MemoryLayout<kubearmor_record>.stride
        let chunks = full + [current]
        let textBytes = chunks.reduce(0) { $0 + ($1.used + 15) & ~15 }
        let size = recordBytes + textBytes
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(16, size), alignment: 16)
        block.copyMemory(from: records, byteCount: recordBytes)
        var moves: [Move] = []
        var place = block + recordBytes
        for chunk in chunks {
            place.copyMemory(from: chunk.base, byteCount: chunk.used)
            moves.append(Move(from: chunk.base, size: chunk.used, to: place))
            place += (chunk.used + 15) & ~15
        }
        let moved = block.bindMemory(to: kubearmor_record.self, capacity: count)
        relocate(moved, moves)
        defer { clear() }
        return Block(records: moved, count: count, bytes: size)
    }

    /// Forgets what was made and begins a new batch.
    func clear() {
        // The first chunk is the usual one; those that followed were for what it could not hold.
        if let first = full.first {
            for chunk in full.dropFirst() + [current] { chunk.base.deallocate() }
            current = first
            full.removeAll()
        }
        current.used = 0
        count = 0
        tags.removeAll(keepingCapacity: true)
        batch += 1
    }

    /// Where the bytes of a chunk have gone. What lies in no chunk is a constant text, which stays.
    private struct Move {
        let start: UInt
        let size: UInt
        let offset: UInt

        init(from: UnsafeMutableRawPointer, size: Int, to: UnsafeMutableRawPointer) {
            start = UInt(bitPattern: from)
            self.size = UInt(size)
            offset = UInt(bitPattern: to) &- start
        }

        @inline(__always)
        func apply<Pointee>(_ pointer: inout UnsafePointer<Pointee>?) -> Bool {
            let address = UInt(bitPattern: pointer)
            guard address &- start < size else { return false }
            pointer = UnsafePointer(bitPattern: address &+ offset)
            return true
        }
    }

    @inline(__always)
    private func apply<Pointee>(_ moves: UnsafeBufferPointer<Move>, _ pointer: inout UnsafePointer<Pointee>?) {
        for move in moves where move.apply(&pointer) { return }
    }

    private func relocate(_ records: UnsafeMutablePointer<kubearmor_record>, _ moves: [Move]) {
        moves.withUnsafeBufferPointer { moves in
            for index in 0..<count {
                let record = records + index
                let texts = kubearmor_record.texts(of: record)
                for text in texts where text.pointee.length > 0 { apply(moves, &text.pointee.data) }
                apply(moves, &record.pointee.event_data)
                apply(moves, &record.pointee.atags)
                let pairs = UnsafeMutablePointer(mutating: record.pointee.event_data)
                for pair in 0..<Int(record.pointee.event_data_count) {
                    guard let pairs else { break }
                    apply(moves, &pairs[pair].key.data)
                    apply(moves, &pairs[pair].value.data)
                }
            }
            for list in tags {
                var start: UnsafePointer<kubearmor_string>? = UnsafePointer(list.array)
                apply(moves, &start)
                guard let moved = UnsafeMutablePointer(mutating: start) else { continue }
                for index in 0..<list.count { apply(moves, &moved[index].data) }
            }
        }
    }
}

extension kubearmor_string {
    init(_ bytes: UnsafeMutablePointer<UInt8>, count: Int) {
        self.init(data: UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self), length: UInt64(count))
    }

    /// A text that is there as long as the process.
    init(_ text: StaticString) {
        self.init(
            data: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self),
            length: UInt64(text.utf8CodeUnitCount))
    }
}

extension kubearmor_record {
    /// Where the texts of plugin.h's struct lie: `updated_time` to `level`, one behind the other.
    private static let textOffset = MemoryLayout<kubearmor_record>.offset(of: \.updated_time) ?? 0
    private static let textCount =
        ((MemoryLayout<kubearmor_record>.offset(of: \.atags) ?? 0) - textOffset) / MemoryLayout<kubearmor_string>.stride

    /// All texts of a record, one by one.
    fileprivate static func texts(of record: UnsafeMutablePointer<kubearmor_record>) -> Texts {
        let start = UnsafeMutableRawPointer(record) + textOffset
        return Texts(place: start.assumingMemoryBound(to: kubearmor_string.self), rest: textCount)
    }

    fileprivate struct Texts: Sequence, IteratorProtocol {
        var place: UnsafeMutablePointer<kubearmor_string>
        var rest: Int

        mutating func next() -> UnsafeMutablePointer<kubearmor_string>? {
            guard rest > 0 else { return nil }
            rest -= 1
            place += 1
            return place - 1
        }
    }
}
