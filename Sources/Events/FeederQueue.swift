// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// The records that wait for one feeder, and the thread that hands them over.
///
/// Bounded: what does not fit is dropped and counted, the newest first, so that one slow feeder never holds up events
/// or another feeder.
public final class FeederQueue: Sendable {
    private struct State {
        var pending: [EventRecord] = []
        var account = FeederAccount()
        var isOpen = true
        /// Records were dropped since the queue was empty: said once, not for every batch.
        var isOverflowing = false
        /// The records that the thread has taken out and not yet accounted for.
        var inHand = 0
    }

    /// Records that are handed over in one call at most.
    private static let batchSize = 256

    public let name: String
    private let sink: any RecordSink
    private let kinds: Set<EventRecord.Kind>
    private let capacity: Int
    private let onError: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - capacity: records that may wait
    ///   - onError: told what a feeder failed with; called on the queue's thread, once for every different text
    public init(sink: any RecordSink, capacity: Int, onError: @escaping @Sendable (String) -> Void) {
        name = sink.name
        self.sink = sink
        kinds = sink.kinds
        self.capacity = max(1, capacity)
        self.onError = onError
    }

    /// Starts the thread; called once.
    public func start() throws {
        try DedicatedThread.start(name: "feed-\(name)") { self.run() }
    }

    /// Queues the records of the kinds that the feeder takes; returns at once. Any thread.
    public func offer(_ offered: [EventRecord]) {
        let isAll = offered.allSatisfy { kinds.contains($0.kind) }
        let records = isAll ? offered : offered.filter { kinds.contains($0.kind) }
        guard !records.isEmpty else { return }
        let (wake, overflows) = state.withLock { state in
            state.account.offered += UInt64(records.count)
            guard state.isOpen else {
                state.account.drop(records.count, .stopped)
                return (false, false)
            }
            let room = min(capacity - state.pending.count, records.count)
            let wasEmpty = state.pending.isEmpty
            state.pending.append(contentsOf: records.prefix(room))
            state.account.drop(records.count - room, .queueFull)
            let overflows = room < records.count && !state.isOverflowing
            if overflows { state.isOverflowing = true }
            return (wasEmpty && !state.pending.isEmpty, overflows)
        }
        if wake { filled.signal() }
        if overflows { onError("its queue of \(capacity) is full: new records are dropped and counted") }
    }

    public func account() -> FeederAccount {
        state.withLock { state in
            var account = state.account
            account.waiting = UInt64(state.pending.count + state.inHand)
            return account
        }
    }

    /// Hands over what waits, flushes the feeder and ends the thread; what is left after the deadline is dropped and
    /// counted. Called once, after ``start()``; blocks.
    ///
    /// - Returns: whether everything was handed over in time
    @discardableResult
    public func close(deadlineMilliseconds: Int32) -> Bool {
        state.withLock { $0.isOpen = false }
        filled.signal()
        let inTime = finished.wait(timeout: .now() + .milliseconds(Int(deadlineMilliseconds))) == .success
        state.withLock { state in
            state.account.drop(state.pending.count, .stopped)
            state.pending = []
        }
        return inTime
    }

    private func run() {
        var lastError = ""
        while true {
            filled.wait()
            while let batch = take() {
                if let error = hand(batch), error != lastError {
                    lastError = error
                    onError(error)
                }
            }
            if state.withLock({ !$0.isOpen && $0.pending.isEmpty }) { break }
        }
        do {
            try sink.flush(deadlineMilliseconds: 1000)
        } catch {
            onError("flush: \(error)")
        }
        finished.signal()
    }

    private func take() -> ArraySlice<EventRecord>? {
        state.withLock { state in
            guard !state.pending.isEmpty else { return nil }
            // The whole array is taken when it is one batch, as it nearly always is: nothing is copied then.
            let batch: ArraySlice<EventRecord>
            if state.pending.count <= Self.batchSize {
                batch = state.pending[...]
                state.pending = []
                state.isOverflowing = false
            } else {
                batch = ArraySlice(Array(state.pending.prefix(Self.batchSize)))
                state.pending.removeFirst(Self.batchSize)
            }
            state.inHand = batch.count
            return batch
        }
    }

    /// Returns what went wrong, nil when the feeder took them all.
    private func hand(_ batch: ArraySlice<EventRecord>) -> String? {
        var failure: String?
        var accepted = 0
        do {
            accepted = try RecordBatch(batch).withRecords { try sink.publish($0, count: $1) }
            accepted = min(max(0, accepted), batch.count)
        } catch {
            failure = "\(error)"
        }
        state.withLock { state in
            state.inHand = 0
            state.account.delivered += UInt64(accepted)
            state.account.drop(batch.count - accepted, failure == nil ? .feederRefused : .feederError)
        }
        return failure
    }
}
