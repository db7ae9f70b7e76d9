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
    /// Its numbers when it was last asked.
    private let last = Mutex<[(name: String, value: UInt64)]>([])

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

    /// Its own numbers, those of a moment ago while it is at work: nobody waits for a slow feeder to learn them.
    func statistics() -> EventStage.Numbers {
        if let numbers = turn.withLockIfAvailable({ _ in try? plugin.statistics() }) ?? nil {
            last.withLock { $0 = numbers }
        }
        return last.withLock { $0 }
    }

    func close() throws { try turn.withLock { _ in try plugin.close() } }
}
