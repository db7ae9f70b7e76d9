// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The containers that the runtime waits for. Each is settled once: by the daemon's answer, or by the end of its time.
final class WaitingContainers: Sendable {
    struct Container: Sendable {
        let id: String
        /// Of its pod.
        let namespace: String
        /// 0 when it is not known.
        let process: UInt32
        /// The question that is to be answered.
        let stream: UInt32
        let began: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        var waiting: [String: Container] = [:]
        var settled: [(container: Container, status: Int32)] = []
    }

    private let state = Mutex(State())

    /// False when there is one with this id.
    func add(_ container: Container) -> Bool {
        state.withLock { state in
            guard state.waiting[container.id] == nil else { return false }
            state.waiting[container.id] = container
            return true
        }
    }

    /// Nobody is to answer any more.
    func remove(_ id: String) { state.withLock { $0.waiting[id] = nil } }

    /// The daemon's answer, from any thread. False when the runtime waits no longer.
    func settle(_ id: String, status: Int32, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let container = state.waiting[id], now < container.deadline else { return false }
            state.waiting[id] = nil
            state.settled.append((container, status))
            return true
        }
    }

    func takeSettled() -> [(container: Container, status: Int32)] {
        state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
    }

    func takeExpired(now: ContinuousClock.Instant) -> [Container] {
        state.withLock { state in
            let expired = state.waiting.values.filter { $0.deadline <= now }
            for container in expired { state.waiting[container.id] = nil }
            return expired
        }
    }

    func takeAll() -> [Container] {
        state.withLock { state in
            defer { state = State() }
            return Array(state.waiting.values)
        }
    }

    /// When the first one's time ends; nil when nobody waits.
    var deadline: ContinuousClock.Instant? { state.withLock { $0.waiting.values.map(\.deadline).min() } }
}
