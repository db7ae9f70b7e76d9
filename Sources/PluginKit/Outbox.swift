// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

/// What one thread has encoded and another is to send, bounded in bytes, and what became of all of it:
/// accepted = delivered + waiting + what was dropped afterwards.
public final class Outbox<Item: Sendable>: Sendable {
    private struct Entry {
        let item: Item
        let size: Int
    }

    private struct State {
        var entries: [Entry] = []
        /// Those before it were taken.
        var head = 0
        var bytes = 0
        /// Taken and not yet settled.
        var inHand = 0
        var accepted: UInt64 = 0
        var delivered: UInt64 = 0
        var dropped: [String: UInt64] = [:]
        var waiters = 0
        var isFlowing = false
        /// Someone waits for `room`.
        var wantsRoom = false

        var waiting: Int { entries.count - head + inHand }
    }

    /// What an item takes besides its bytes.
    private static var overhead: Int { 64 }

    private let capacity: Int
    private let reasons: [String]
    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)
    private let drained = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - capacityBytes: what may wait; more is dropped as `queue_full`
    ///   - reasons: of other losses, which `statistics` names also when they are 0
    public init(capacityBytes: Int, reasons: [String]) {
        capacity = capacityBytes
        self.reasons = ["queue_full", "stopped"] + reasons
    }

    /// Takes an item of this size if there is room, else counts it as dropped. Whether there was.
    ///
    /// - Parameters:
    ///   - deadline: how long to wait for room, while what is sent is taken
    ///   - wake: called before waiting, so that the sender knows of what is there
    public func offer(
        _ item: Item, size: Int, until deadline: ContinuousClock.Instant = .now, wake: () -> Void = {}
    ) -> Bool {
        let size = size + Self.overhead
        while true {
            let (isTaken, isWorthWaiting) = state.withLock { state in
                if state.bytes + size <= capacity {
                    state.entries.append(Entry(item: item, size: size))
                    state.bytes += size
                    state.accepted += 1
                    return (true, false)
                }
                if state.isFlowing, state.bytes > 0, ContinuousClock.now < deadline {
                    state.wantsRoom = true
                    return (false, true)
                }
                state.dropped["queue_full", default: 0] += 1
                return (false, false)
            }
            guard isWorthWaiting else { return isTaken }
            wake()
            let rest = Int((deadline - ContinuousClock.now) / .milliseconds(1))
            _ = room.wait(timeout: .now() + .milliseconds(max(1, rest)))
        }
    }

    /// Whether what is sent is taken: only then is waiting for room worth it.
    public func flows(_ isFlowing: Bool) {
        let wantsRoom = state.withLock { state in
            state.isFlowing = isFlowing
            return state.wantsRoom
        }
        if wantsRoom, !isFlowing { room.signal() }
    }

    /// The oldest items, so many and of so many bytes at most, but at least one if there is any. `settle` ends each.
    public func take(count limit: Int, bytes: Int = .max) -> [Item] {
        let (taken, wantsRoom) = state.withLock { state in
            var taken: [Item] = []
            var size = 0
            while taken.count < limit, state.head < state.entries.count {
                let entry = state.entries[state.head]
                guard taken.isEmpty || size + entry.size <= bytes else { break }
                size += entry.size
                taken.append(entry.item)
                state.head += 1
            }
            state.bytes -= size
            state.inHand += taken.count
            // Moved together when half of it is taken: each item moves once.
            if state.head > 64, state.head * 2 > state.entries.count {
                state.entries.removeFirst(state.head)
                state.head = 0
            }
            defer { state.wantsRoom = false }
            return (taken, state.wantsRoom && !taken.isEmpty)
        }
        if wantsRoom { room.signal() }
        return taken
    }

    /// Whether someone waits for room.
    public var isFull: Bool { state.withLock { $0.wantsRoom } }

    /// How many are waiting or in hand.
    public var waiting: Int { state.withLock { $0.waiting } }

    /// Items that were taken have arrived, or are lost for a reason.
    public func settle(delivered: Int = 0, dropped: Int = 0, reason: String = "") {
        let waiters = state.withLock { state in
            state.delivered += UInt64(delivered)
            if dropped > 0 { state.dropped[reason, default: 0] += UInt64(dropped) }
            state.inHand -= delivered + dropped
            guard state.waiting == 0 else { return 0 }
            defer { state.waiters = 0 }
            return state.waiters
        }
        for _ in 0..<waiters { drained.signal() }
    }

    /// Counts records that were never offered.
    public func refuse(_ count: Int, reason: String) {
        guard count > 0 else { return }
        state.withLock { $0.dropped[reason, default: 0] += UInt64(count) }
    }

    /// Drops what waits: nobody sends any more.
    public func abandon() {
        let waiters = state.withLock { state in
            state.dropped["stopped", default: 0] += UInt64(state.entries.count - state.head)
            (state.entries, state.head, state.bytes) = ([], 0, 0)
            defer { state.waiters = 0 }
            return state.waiters
        }
        for _ in 0..<waiters { drained.signal() }
    }

    /// Waits until everything is settled; whether it was in time.
    public func drain(milliseconds: Int32) -> Bool {
        let isWaiting = state.withLock { state in
            guard state.waiting > 0 else { return false }
            state.waiters += 1
            return true
        }
        guard isWaiting else { return true }
        if drained.wait(timeout: .now() + .milliseconds(Int(max(0, milliseconds)))) == .success { return true }
        // Whoever settles in this moment has signalled: that is taken back.
        let isLate = state.withLock { state in
            guard state.waiters > 0 else { return false }
            state.waiters -= 1
            return true
        }
        if !isLate { drained.wait() }
        return !isLate
    }

    /// `accepted`, `delivered`, `waiting` and `dropped.<reason>`.
    public var statistics: [Statistic] {
        state.withLock { state in
            let known = Set(reasons)
            let others = state.dropped.keys.filter { !known.contains($0) }.sorted()
            return [
                Statistic(name: "accepted", value: state.accepted),
                Statistic(name: "delivered", value: state.delivered),
                Statistic(name: "waiting", value: UInt64(state.waiting)),
            ] + (reasons + others).map { Statistic(name: "dropped.\($0)", value: state.dropped[$0] ?? 0) }
        }
    }
}
