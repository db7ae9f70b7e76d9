// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import Synchronization

/// One stream that a client reads, and what waits for it.
///
/// Bounded in records and in bytes, those that are being written included: what does not fit is dropped and counted,
/// the newest first. Nobody waits for a client.
final class Subscriber: Sendable {
    /// What became of the records that were for it.
    struct Account {
        var offered: UInt64 = 0
        var delivered: UInt64 = 0
        var droppedSlow: UInt64 = 0
        var droppedGone: UInt64 = 0

        static func += (left: inout Account, right: Account) {
            left.offered += right.offered
            left.delivered += right.delivered
            left.droppedSlow += right.droppedSlow
            left.droppedGone += right.droppedGone
        }
    }

    private struct State {
        var waiting: [[UInt8]] = []
        /// Of what waits and of what is being written.
        var count = 0
        var bytes = 0
        var isEnded = false
        var reader: CheckedContinuation<Void, Never>?
        var account = Account()
    }

    let kind: Record.Kind
    private let capacity: Int
    private let byteLimit: Int
    private let state = Mutex(State())

    init(kind: Record.Kind, capacity: Int, byteLimit: Int) {
        self.kind = kind
        self.capacity = capacity
        self.byteLimit = byteLimit
    }

    var account: Account { state.withLock { $0.account } }

    /// Takes what there is room for; returns at once.
    func offer(_ records: [[UInt8]]) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.account.offered += UInt64(records.count)
            guard !state.isEnded else {
                state.account.droppedGone += UInt64(records.count)
                return nil
            }
            for (index, record) in records.enumerated() {
                guard state.count < capacity, state.bytes + record.count <= byteLimit else {
                    state.account.droppedSlow += UInt64(records.count - index)
                    break
                }
                state.waiting.append(record)
                state.count += 1
                state.bytes += record.count
            }
            return state.waiting.isEmpty ? nil : state.reader.take()
        }
        reader?.resume()
    }

    /// What waits, in order; waits for the first. Nil after ``end()``. Called by one task.
    func next() async -> [[UInt8]]? {
        while true {
            let (records, isEnded) = state.withLock { state -> ([[UInt8]], Bool) in
                guard !state.isEnded else { return ([], true) }
                var records: [[UInt8]] = []
                swap(&records, &state.waiting)
                return (records, false)
            }
            if isEnded { return nil }
            if !records.isEmpty { return records }
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard state.waiting.isEmpty, !state.isEnded else { return true }
                    state.reader = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        }
    }

    /// The transport has taken these.
    func delivered(_ records: ArraySlice<[UInt8]>) {
        let bytes = records.reduce(0) { $0 + $1.count }
        state.withLock { state in
            guard !state.isEnded else { return }
            state.count -= records.count
            state.bytes -= bytes
            state.account.delivered += UInt64(records.count)
        }
    }

    /// Nothing is delivered any more; what was not is counted. May be called again.
    func end() {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            state.account.droppedGone += UInt64(state.count)
            (state.waiting, state.count, state.bytes) = ([], 0, 0)
            return state.reader.take()
        }
        reader?.resume()
    }
}
