// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import Synchronization

/// All who watch. One thread publishes; anybody subscribes.
final class SubscriberHub: Sendable {
    private struct State {
        var subscribers: [Subscriber] = []
        /// Of those who have left.
        var gone = Subscriber.Account()
        var accepted: UInt64 = 0
        var unheard: UInt64 = 0
        var unsupported: UInt64 = 0
        var isClosed = false
    }

    /// Streams at one time. Each has a queue, whose memory is bounded by this.
    static let subscriberLimit = 64
    /// What may wait for one subscriber, bytes. Records are shared, so all together have little more.
    static let byteLimit = 4 << 20

    private let capacity: Int
    private let state = Mutex(State())
    private let encoder = Mutex(RecordEncoder())

    init(capacity: Int) { self.capacity = capacity }

    /// Nil when there are too many, or none are wanted any more.
    func subscribe(to kind: Record.Kind) -> Subscriber? {
        state.withLock { state in
            guard !state.isClosed, state.subscribers.count < Self.subscriberLimit else { return nil }
            let subscriber = Subscriber(kind: kind, capacity: capacity, byteLimit: Self.byteLimit)
            state.subscribers.append(subscriber)
            return subscriber
        }
    }

    func remove(_ subscriber: Subscriber) {
        subscriber.end()
        state.withLock { state in
            guard let index = state.subscribers.firstIndex(where: { $0 === subscriber }) else { return }
            state.subscribers.remove(at: index)
            state.gone += subscriber.account
        }
    }

    /// Ends all streams, and those that would begin.
    func close() {
        let subscribers = state.withLock { state in
            state.isClosed = true
            return state.subscribers
        }
        for subscriber in subscribers { subscriber.end() }
    }

    /// Hands the records to all who watch their kind, and waits for nobody.
    func publish(_ records: RecordBatch) -> Int {
        let subscribers = state.withLock { $0.subscribers }
        let kinds = Set(subscribers.map(\.kind))
        var encoded: [Record.Kind: [[UInt8]]] = [:]
        var (accepted, unheard) = (0, 0)
        encoder.withLock { encoder in
            for record in records {
                guard let kind = record.kind else { continue }
                accepted += 1
                if kinds.contains(kind) {
                    encoded[kind, default: []].append(encoder.encode(record, as: kind))
                } else {
                    unheard += 1
                }
            }
        }
        for subscriber in subscribers {
            if let records = encoded[subscriber.kind] { subscriber.offer(records) }
        }
        state.withLock { state in
            state.accepted += UInt64(accepted)
            state.unheard += UInt64(unheard)
            state.unsupported += UInt64(records.count - accepted)
        }
        return accepted
    }

    /// `accepted`, `dropped.no_subscriber` and `dropped.unsupported` count records; the others copies, one for each
    /// subscriber: offered = delivered + dropped.slow_subscriber + dropped.gone_subscriber + waiting.
    func statistics() -> [Statistic] {
        state.withLock { state in
            var account = state.gone
            for subscriber in state.subscribers { account += subscriber.account }
            let done = account.delivered + account.droppedSlow + account.droppedGone
            return [
                Statistic(name: "accepted", value: state.accepted),
                Statistic(name: "dropped.no_subscriber", value: state.unheard),
                Statistic(name: "dropped.unsupported", value: state.unsupported),
                Statistic(name: "offered", value: account.offered),
                Statistic(name: "delivered", value: account.delivered),
                Statistic(name: "dropped.slow_subscriber", value: account.droppedSlow),
                Statistic(name: "dropped.gone_subscriber", value: account.droppedGone),
                Statistic(name: "waiting", value: account.offered - min(done, account.offered)),
                Statistic(name: "subscribers", value: UInt64(state.subscribers.count)),
            ]
        }
    }
}
