// SPDX-License-Identifier: Apache-2.0
import Events
import PluginABI
import Plugins
import Synchronization

/// A feeder plugin as its queue sees it.
///
/// The queue's thread publishes and a reload reopens; the lock keeps the two apart, as plugin.h promises feeders.
final class FeederAdapter: RecordSink {
    private let plugin: FeederPlugin
    private let turn = Mutex(())
    private let known = Mutex<[(name: String, value: UInt64)]>([])

    init(_ plugin: FeederPlugin) { self.plugin = plugin }

    var name: String { plugin.name }

    /// A feeder that names none of them takes all.
    var kinds: Set<EventRecord.Kind> {
        let words: [(String, EventRecord.Kind)] = [
            ("publish.alert", .alert), ("publish.log", .log), ("publish.message", .message),
        ]
        let named = words.filter { plugin.capabilities.contains($0.0) }.map(\.1)
        return Set(named.isEmpty ? words.map(\.1) : named)
    }

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int {
        try turn.withLock { _ in try plugin.publish(records, count: count) }
    }

    func flush(deadlineMilliseconds: Int32) throws {
        try turn.withLock { _ in try plugin.flush(deadlineMilliseconds: deadlineMilliseconds) }
    }

    func reopen() throws { try turn.withLock { _ in try plugin.reopen() } }

    /// Its own numbers; those of the last look while it is busy, which may be with whoever asks.
    func statistics() -> [(name: String, value: UInt64)] {
        if let now = turn.withLockIfAvailable({ _ in try? plugin.statistics() }) ?? nil {
            known.withLock { $0 = now }
        }
        return known.withLock { $0 }
    }

    func close() throws { try turn.withLock { _ in try plugin.close() } }
}
