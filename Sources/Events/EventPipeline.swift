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
        /// Events that stand for none of the kernel: notices of throttling.
        public var notices: UInt64 = 0
        /// Records that stand for no event: messages.
        public var messages: UInt64 = 0
    }

    private struct State {
        var settings: EventSettings
        var queues: [FeederQueue] = []
        var account = Account()
        var sequence: UInt64 = 0
        /// One for every thread that has made records at the same time as others.
        var caches: [AttributionCache] = []
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
        let (settings, cache) = state.withLock { ($0.settings, $0.caches.popLast()) }
        let attributor = Attributor(
            settings: settings, workloads: workloads.snapshot(), history: history.snapshot(), users: users,
            clock: clock(), cache: cache ?? AttributionCache())
        var account = Account()
        for index in 0..<reader.count {
            if attributor.arena.isFull { send(attributor.arena.finish(), &account) }
            let event = reader[index]
            account.events += 1
            if event.operation == UInt16(KUBEARMOR_OPERATION_THROTTLE) { account.notices += 1 }
            switch attributor.record(event, from: plugin) {
            case .made: break
            case .unwanted: account.unwanted += 1
            case .unknownWorkload: account.unknownWorkload += 1
            }
        }
        send(attributor.arena.finish(), &account)
        state.withLock { $0.caches.append(attributor.cache) }
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
        var account = Account()
        account.messages = 1
        send(RecordBatch([message]), &account)
    }

    /// Numbers the records, hands them to the queues and adds up what has become of the events so far.
    private func send(_ batch: RecordBatch?, _ change: inout Account) {
        let count = UInt64(batch?.count ?? 0)
        let (queues, first) = state.withLock { state in
            state.account.events += change.events
            state.account.unwanted += change.unwanted
            state.account.unknownWorkload += change.unknownWorkload
            state.account.records += count
            state.account.notices += change.notices
            state.account.messages += change.messages
            state.sequence += count
            return (state.queues, state.sequence - count + 1)
        }
        change = Account()
        guard let batch else { return }
        batch.number(from: first)
        for queue in queues { queue.offer(batch) }
    }

    public func account() -> Account { state.withLock { $0.account } }

    /// What became of the records, by feeder.
    public func feeders() -> [(name: String, account: FeederAccount)] {
        state.withLock { $0.queues }.map { ($0.name, $0.account()) }
    }
}
