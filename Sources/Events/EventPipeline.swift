// SPDX-License-Identifier: Apache-2.0
public import PluginABI
import Synchronization
public import Workloads

/// The road of an event: read, attributed, handed to the queue of every feeder.
///
/// ``accept(_:count:from:)`` is called on the poll threads of plugins; it takes three short locks a batch and none an
/// event.
public final class EventPipeline: Sendable {
    /// What became of the events of all plugins.
    public struct Account: Sendable, Hashable {
        /// Events that plugins handed over.
        public var events: UInt64 = 0
        /// Events that no rule concerns and whose class is not visible.
        public var unwanted: UInt64 = 0
        /// Events of workloads that are gone.
        public var unknownWorkload: UInt64 = 0
        /// Events that could not be read: the plugin's fault.
        public var malformed: UInt64 = 0
        /// Records made, messages included.
        public var records: UInt64 = 0
    }

    private struct State {
        var settings: EventSettings
        var queues: [FeederQueue] = []
        var account = Account()
        var sequence: UInt64 = 0
    }

    private let workloads: WorkloadRegistry
    private let history: RuleHistory
    private let users: UserNames
    private let clock: @Sendable () -> EventClock
    private let state: Mutex<State>

    /// - Parameter clock: asked once for every batch of events
    public init(
        settings: EventSettings, workloads: WorkloadRegistry, history: RuleHistory, users: UserNames = UserNames(),
        clock: @escaping @Sendable () -> EventClock = { .now() }
    ) {
        self.workloads = workloads
        self.history = history
        self.users = users
        self.clock = clock
        state = Mutex(State(settings: settings))
    }

    /// Adds a feeder; it gets everything from now on.
    public func add(_ queue: FeederQueue) {
        state.withLock { $0.queues.append(queue) }
    }

    public func update(_ settings: EventSettings) {
        state.withLock { $0.settings = settings }
    }

    /// - Parameters:
    ///   - events: `count` of them, valid during the call
    ///   - plugin: the name of the plugin that they come from
    public func accept(_ events: UnsafePointer<kubearmor_event>, count: Int, from plugin: String) {
        guard let reader = EventReader(events, count: count) else {
            state.withLock { $0.account.malformed += UInt64(max(0, count)) }
            return
        }
        let attributor = Attributor(
            settings: state.withLock { $0.settings }, workloads: workloads.snapshot(), history: history.snapshot(),
            users: users, clock: clock())
        var account = Account()
        var records: [EventRecord] = []
        for index in 0..<reader.count {
            switch attributor.attribute(reader[index], from: plugin) {
            case .record(let record): records.append(record)
            case .unwanted: account.unwanted += 1
            case .unknownWorkload: account.unknownWorkload += 1
            }
        }
        account.events = UInt64(reader.count)
        send(&records, account)
    }

    /// Sends a message about the daemon itself to the feeders.
    ///
    /// - Parameter level: INFO, WARN or ERROR
    public func post(level: String, _ text: String) {
        var message = EventRecord(kind: .message)
        let node = state.withLock { $0.settings.node }
        let date = EventClock.now().date(of: 0)
        message.timestamp = Int64(date / 1_000_000_000)
        message.updatedTime = EventClock.text(of: date)
        message.clusterName = node.clusterName
        message.hostName = node.hostName
        message.recordType = "Message"
        message.level = level
        message.message = text
        var records = [message]
        send(&records, Account())
    }

    private func send(_ records: inout [EventRecord], _ change: Account) {
        let queues = state.withLock { state in
            state.account.events += change.events
            state.account.unwanted += change.unwanted
            state.account.unknownWorkload += change.unknownWorkload
            state.account.records += UInt64(records.count)
            for index in records.indices {
                state.sequence += 1
                records[index].sequence = state.sequence
            }
            return state.queues
        }
        guard !records.isEmpty else { return }
        for queue in queues { queue.offer(records) }
    }

    public func account() -> Account { state.withLock { $0.account } }

    /// What became of the records, by feeder.
    public func feeders() -> [(name: String, account: FeederAccount)] {
        state.withLock { $0.queues }.map { ($0.name, $0.account()) }
    }
}
