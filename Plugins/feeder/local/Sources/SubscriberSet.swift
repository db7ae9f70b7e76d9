// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit
internal import Synchronization

/// The subscribers, what waits for each of them and what became of the rest.
final class SubscriberSet: Sendable {
    /// Each may have a queue of some MiB.
    private static let limit = 16

    private struct State {
        var subscribers: [Subscriber] = []
        var wanted: Wish = []
        var accepted: UInt64 = 0
        /// Records that no subscriber wanted.
        var unwatched: UInt64 = 0
        var refused: UInt64 = 0
        /// Of subscribers that are gone.
        var past = LineQueue.Account()
        /// What waited for them.
        var lost: UInt64 = 0

        mutating func leave(_ gone: Subscriber) {
            past.offered += gone.queue.account.offered
            past.delivered += gone.queue.account.delivered
            past.dropped += gone.queue.account.dropped
            lost += gone.queue.pending
            close(gone.descriptor)
        }

        mutating func recount() {
            wanted = subscribers.reduce(into: []) { $0.formUnion($1.wish ?? []) }
        }
    }

    private let state = Mutex(State())

    /// What any of them wants.
    var wanted: Wish { state.withLock { $0.wanted } }

    /// Counts the records of one batch.
    func count(accepted: Int, unwatched: Int) {
        state.withLock { state in
            state.accepted += UInt64(accepted)
            state.unwatched += UInt64(unwatched)
        }
    }

    /// Queues lines for those who want them.
    ///
    /// - Parameter kinds: what each line is
    /// - Returns: whether someone waits to be sent something who did not before
    func offer(_ lines: Lines, kinds: [Wish]) -> Bool {
        let now = ContinuousClock.now
        let all = kinds.reduce(into: Wish()) { $0.formUnion($1) }
        var filtered: [Wish: Lines] = [:]
        return state.withLock { state in
            var wakes = false
            for index in state.subscribers.indices {
                guard let wish = state.subscribers[index].wish?.intersection(all), !wish.isEmpty else { continue }
                let part = wish == all ? lines : filtered[wish] ?? Self.filter(lines, kinds, wish)
                filtered[wish] = part
                if state.subscribers[index].queue.isEmpty { wakes = true }
                state.subscribers[index].queue.offer(part, now: now)
            }
            return wakes
        }
    }

    private static func filter(_ lines: Lines, _ kinds: [Wish], _ wish: Wish) -> Lines {
        var part = Lines()
        var start = 0
        for (end, kind) in zip(lines.ends, kinds) {
            if wish.contains(kind) { part.append(lines.bytes[start..<end]) }
            start = end
        }
        return part
    }

    /// Takes a connection over, or refuses it.
    func add(_ descriptor: Int32) {
        var (pid, uid): (UInt32, UInt32) = (0, .max)
        let isTrusted = kubearmor_local_is_trusted(descriptor, &pid, &uid) == 1
        let isFull = state.withLock { $0.subscribers.count >= Self.limit }
        guard isTrusted, !isFull else {
            state.withLock { $0.refused += 1 }
            let reason = isFull ? "\(Self.limit) programs listen already: end one" : "ask as root"
            refuse(descriptor, reason)
            return
        }
        var subscriber = Subscriber(descriptor, now: .now)
        // What it has to say is mostly there already.
        guard subscriber.hear(now: .now) else { return refuse(descriptor, Self.unknownWords) }
        subscriber.send()
        let new = subscriber
        state.withLock { state in
            state.subscribers.append(new)
            state.recount()
        }
    }

    private static let unknownWords = "say in one line which of alerts, logs, messages are wanted"

    private func refuse(_ descriptor: Int32, _ reason: String) {
        tell(descriptor, reason)
        // Closed with something unread, the connection would be reset, and the answer lost: nothing more comes in.
        shutdown(descriptor, Int32(SHUT_RDWR))
        var bytes = [UInt8](repeating: 0, count: 4096)
        _ = bytes.withUnsafeMutableBytes { kubearmor_local_receive(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    private func tell(_ descriptor: Int32, _ reason: String) {
        let line = Lines(notice: #"{"Type":"refused","Message":"\#(reason)"}"#)
        // It is told if it listens at all.
        _ = line.bytes.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) }
    }

    /// For poll(2), and how long it may wait: for ever when nobody is there.
    func interests() -> (entries: [pollfd], timeout: Int32) {
        state.withLock { state in
            let entries = state.subscribers.map(\.interest)
            if entries.isEmpty { return (entries, -1) }
            return (entries, state.subscribers.contains { $0.wish == nil } ? 50 : 1000)
        }
    }

    /// Hears and sends, as poll(2) has found them; lets go of those that went.
    func serve(_ entries: [pollfd]) {
        let now = ContinuousClock.now
        var ready: [Int32: Int32] = [:]
        for entry in entries { ready[entry.fd] = Int32(entry.revents) }
        state.withLock { state in
            var gone: [Int] = []
            for index in state.subscribers.indices {
                let events = ready[state.subscribers[index].descriptor] ?? 0
                let isDeaf = events & (POLLHUP | POLLERR | POLLNVAL) != 0
                let speaks = events & POLLIN != 0 || state.subscribers[index].wish == nil
                if isDeaf || speaks && !state.subscribers[index].hear(now: now) {
                    if !isDeaf {
                        state.refused += 1
                        tell(state.subscribers[index].descriptor, Self.unknownWords)
                    }
                    gone.append(index)
                    continue
                }
                state.subscribers[index].queue.tellOfDrops(now: now)
                state.subscribers[index].send()
            }
            for index in gone.reversed() { state.leave(state.subscribers.remove(at: index)) }
            state.recount()
        }
    }

    /// Sends what waits until nothing does or the time is over.
    func drain(within limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while true {
            var entries = state.withLock { state -> [pollfd] in
                for index in state.subscribers.indices { state.subscribers[index].send() }
                return state.subscribers.filter { !$0.queue.isEmpty }
                    .map { pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0) }
            }
            let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard !entries.isEmpty, rest > 0 else { return }
            guard poll(&entries, nfds_t(entries.count), Int32(rest)) >= 0 || errno == EINTR else { return }
            // Those that went away are let go of by the thread that serves.
            if entries.allSatisfy({ Int32($0.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 }) { return }
        }
    }

    /// Tells all that it is over, and lets go of them.
    func end(within limit: Duration) {
        let now = ContinuousClock.now
        state.withLock { state in
            for index in state.subscribers.indices {
                state.subscribers[index].queue.end(#"{"Type":"end","Message":"the daemon stops"}"#, now: now)
            }
        }
        drain(within: limit)
        state.withLock { state in
            for subscriber in state.subscribers { state.leave(subscriber) }
            state.subscribers = []
            state.recount()
        }
    }

    /// accepted = offered to nobody + offered at least once; offered = delivered + pending + the sum of dropped.
    var statistics: [Statistic] {
        state.withLock { state in
            let living = state.subscribers.map(\.queue)
            func total(_ field: KeyPath<LineQueue.Account, UInt64>) -> UInt64 {
                living.reduce(state.past[keyPath: field]) { $0 + $1.account[keyPath: field] }
            }
            let numbers: [(String, UInt64)] = [
                ("accepted", state.accepted), ("unwatched", state.unwatched),
                ("subscribers", UInt64(state.subscribers.count)), ("refused_subscribers", state.refused),
                ("offered", total(\.offered)), ("delivered", total(\.delivered)),
                ("pending", living.reduce(0) { $0 + $1.pending }),
                ("dropped.slow_subscriber", total(\.dropped)), ("dropped.subscriber_gone", state.lost),
            ]
            return numbers.map { Statistic(name: $0.0, value: $0.1) }
        }
    }
}
