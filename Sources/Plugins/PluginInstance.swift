// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Synchronization

/// An opened plugin: its `self`, and the rules of plugin.h for threads. One call at a time, except poll and stats,
/// which run alongside; close waits for those to return and lets no other begin.
final class PluginInstance: Sendable {
    typealias ErrorBuffer = UnsafeMutablePointer<CChar>

    let name: String
    let table: PluginTable
    let capabilities: Set<String>
    let mode: String
    private let handle: UInt
    private let oneCall = Mutex<Void>(())
    private let gate: CallGate

    private typealias Open =
        @convention(c) (
            UnsafePointer<kubearmor_host>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?, ErrorBuffer?, UInt64
        ) -> Int32

    /// Calls the plugin's open, which all kinds have in the same shape. Up to 60 s. Throws `OPEN_FAILED`.
    init(library: PluginLibrary, report: PluginReport) throws(PluginError) {
        name = report.name
        table = library.table
        capabilities = Set(report.capabilities)
        mode = report.mode
        gate = CallGate()
        guard let address = library.table.function("open") else {
            throw PluginError(.entryMissing, "the mandatory entry open of \(report.name) is NULL")
        }
        var handle: UnsafeMutableRawPointer?
        let status = Self.withErrorBuffer { error in
            unsafeBitCast(address, to: Open.self)(library.host.pointer, &handle, error, UInt64(KUBEARMOR_ERROR_SIZE))
        }
        guard status.result >= 0 else {
            throw PluginError(.openFailed, "\(report.name) cannot be opened: \(status.reason)")
        }
        guard let handle else {
            throw PluginError(.openFailed, "\(report.name) cannot be opened: its open returned no self")
        }
        self.handle = UInt(bitPattern: handle)
    }

    var isClosed: Bool { gate.isClosed }
    var statistics: [EntryStatistics] { table.recorders.map(\.statistics) }

    /// Makes one call with `self` and an error buffer, and returns the entry's result, which is not negative. `body`
    /// returns nil when the plugin does not have the entry. Throws `CLOSED`, `ENTRY_ABSENT` or `CALL_FAILED`.
    @discardableResult
    func call(_ entry: String, alongside: Bool = false, _ body: (UnsafeMutableRawPointer?, ErrorBuffer?) -> Int32?)
        throws(PluginError) -> Int
    {
        guard gate.enter() else { throw PluginError(.closed, "\(name) is closed") }
        defer { gate.leave() }
        let outcome = alongside ? invoke(body) : oneCall.withLock { _ in invoke(body) }
        return try check(outcome, entry: entry)
    }

    /// Ends the instance: waits for the calls under way, then calls close. Throws as `call` does; the instance is
    /// closed in any case.
    func close(_ body: (UnsafeMutableRawPointer?, ErrorBuffer?) -> Int32?) throws(PluginError) {
        guard gate.close() else { throw PluginError(.closed, "\(name) is closed") }
        _ = try check(invoke(body), entry: "close")
    }

    /// The plugin's own numbers, alongside the other calls; empty when it has none.
    func numbers(
        _ body: (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<kubearmor_stat>, UInt64, UnsafeMutablePointer<UInt64>,
            ErrorBuffer?
        ) -> Int32?
    ) throws(PluginError) -> [(name: String, value: UInt64)] {
        guard table.has("stats") else { return [] }
        let found = try list("stats", alongside: true, of: Self.emptyStat, body)
        return found.map { stat in
            (withUnsafeBytes(of: stat.name) { SystemText.bounded($0) }, stat.value)
        }
    }

    /// Calls an entry that fills an array and says how many elements there are, again with more room until all fit.
    func list<Element>(
        _ entry: String, alongside: Bool, of empty: Element,
        _ body: (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<Element>, UInt64, UnsafeMutablePointer<UInt64>, ErrorBuffer?
        ) -> Int32?
    ) throws(PluginError) -> [Element] {
        var capacity = 64
        while true {
            var elements = [Element](repeating: empty, count: capacity)
            var count: UInt64 = 0
            try call(entry, alongside: alongside) { handle, error in
                elements.withUnsafeMutableBufferPointer { buffer in
                    buffer.baseAddress.flatMap { body(handle, $0, UInt64(capacity), &count, error) }
                }
            }
            // A plugin may find more each time; at some point what there is has to do.
            if count <= capacity || capacity >= 1 << 20 { return Array(elements.prefix(Int(clamping: count))) }
            capacity = min(Int(clamping: count) + 16, 1 << 20)
        }
    }

    private static var emptyStat: kubearmor_stat {
        var stat = kubearmor_stat()
        stat.struct_size = UInt32(MemoryLayout<kubearmor_stat>.size)
        return stat
    }

    private struct Outcome {
        let result: Int32?
        let text: String
    }

    private func invoke(_ body: (UnsafeMutableRawPointer?, ErrorBuffer?) -> Int32?) -> Outcome {
        Self.outcome { body(UnsafeMutableRawPointer(bitPattern: handle), $0) }
    }

    private static func outcome(_ body: (ErrorBuffer?) -> Int32?) -> Outcome {
        withUnsafeTemporaryAllocation(byteCount: Int(KUBEARMOR_ERROR_SIZE), alignment: 16) { buffer in
            buffer[0] = 0
            let result = body(buffer.baseAddress?.assumingMemoryBound(to: CChar.self))
            guard let result, result < 0 else { return Outcome(result: result, text: "") }
            return Outcome(result: result, text: SystemText.bounded(UnsafeRawBufferPointer(buffer)))
        }
    }

    private static func withErrorBuffer(_ body: (ErrorBuffer?) -> Int32) -> (result: Int32, reason: String) {
        let outcome = outcome(body)
        let result = outcome.result ?? 0
        return (result, outcome.text.isEmpty ? SystemText.error(result) : outcome.text)
    }

    private func check(_ outcome: Outcome, entry: String) throws(PluginError) -> Int {
        guard let result = outcome.result else {
            throw PluginError(.entryAbsent, "\(table.kind.name) \(name) has no entry \(entry)")
        }
        guard result < 0 else { return Int(result) }
        let cause = SystemText.error(result)
        let text = outcome.text.isEmpty ? cause : "\(outcome.text) (\(cause))"
        throw PluginError(.callFailed, "\(table.kind.name) \(name): \(entry): \(text)")
    }
}
