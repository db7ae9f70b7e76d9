// SPDX-License-Identifier: Apache-2.0
import Dispatch
import PluginABI
import Synchronization

/// The records that wait for one feeder, and the thread that hands them over.
///
/// Bounded by records and by bytes: what does not fit is dropped and counted, the newest first, so that one slow feeder
/// never holds up events or another feeder. The bytes are those of the batches, which all queues share.
public final class FeederQueue: Sendable {
    /// Some neighbours of a batch.
    private struct Piece {
        /// Nil when its records have been handed over.
        var batch: RecordBatch?
        var range: Range<Int>
        /// Bytes that wait no more when this piece is handed over.
        var bytes: Int
    }

    private struct State {
        /// What the thread has not fetched yet.
        var pieces: [Piece] = []
        /// Records that the feeder does not have yet, fetched ones included, and their bytes.
        var waiting = 0
        var waitingBytes = 0
        var account = FeederAccount()
        var isOpen = true
        /// The deadline is over: what waits is accounted for already.
        var isAbandoned = false
        /// The thread waits to be told of new records.
        var isIdle = false
        /// Records were dropped since the queue was empty: said once, not for every batch.
        var isOverflowing = false
        /// The records that the feeder has in its hands.
        var inHand = 0
    }

    /// Records that are handed over in one call at most.
    private static let batchSize = RecordArena.recordLimit

    public let name: String
    private let sink: any RecordSink
    private let kinds: UInt32
    private let capacity: Int
    private let byteCapacity: Int
    private let onError: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - capacity: records that may wait
    ///   - byteCapacity: bytes of batches that may wait
    ///   - onError: told what a feeder failed with; called on the queue's thread, once for every different text
    public init(
        sink: any RecordSink, capacity: Int, byteCapacity: Int = .max, onError: @escaping @Sendable (String) -> Void
    ) {
        name = sink.name
        self.sink = sink
        kinds = sink.kinds.reduce(0) { $0 | 1 << $1.rawValue }
        self.capacity = max(1, capacity)
        self.byteCapacity = max(1, byteCapacity)
        self.onError = onError
    }

    /// Starts the thread; called once.
    public func start() throws {
        try DedicatedThread.start(name: "feed-\(name)") { self.run() }
    }

    /// Queues the records of the kinds that the feeder takes; returns at once. Any thread.
    public func offer(_ offered: [EventRecord]) {
        guard !offered.isEmpty else { return }
        offer(RecordBatch(offered))
    }

    func offer(_ batch: RecordBatch) {
        guard batch.kinds & kinds != 0 else { return }
        let ranges = batch.ranges(of: kinds)
        let count = ranges.reduce(0) { $0 + $1.count }
        let (wake, overflows) = state.withLock { state in
            state.account.offered += UInt64(count)
            guard state.isOpen else {
                state.account.drop(count, .stopped)
                return (false, false)
            }
            let room = room(for: batch, count, state)
            append(batch, ranges, room, to: &state)
            state.account.drop(count - room, .queueFull)
            let overflows = room < count && !state.isOverflowing
            if overflows { state.isOverflowing = true }
            let wake = state.isIdle && room > 0
            if wake { state.isIdle = false }
            return (wake, overflows)
        }
        if wake { filled.signal() }
        if overflows { onError("its queue is full (queueLength, queueMiB): new records are dropped and counted") }
    }

    private func room(for batch: RecordBatch, _ count: Int, _ state: State) -> Int {
        // A batch that is larger than the limit is taken when nothing else waits.
        guard state.waiting == 0 || state.waitingBytes + batch.bytes <= byteCapacity else { return 0 }
        return max(0, min(capacity - state.waiting, count))
    }

    private func append(_ batch: RecordBatch, _ ranges: [Range<Int>], _ room: Int, to state: inout State) {
        guard room > 0 else { return }
        var rest = room
        for range in ranges where rest > 0 {
            let taken = min(rest, range.count)
            state.pieces.append(
                Piece(batch: batch, range: range.lowerBound..<range.lowerBound + taken, bytes: 0))
            rest -= taken
        }
        state.pieces[state.pieces.count - 1].bytes = batch.bytes
        state.waiting += room
        state.waitingBytes += batch.bytes
    }

    public func account() -> FeederAccount {
        state.withLock { state in
            var account = state.account
            account.waiting = UInt64(state.waiting + state.inHand)
            account.waitingBytes = UInt64(state.waitingBytes)
            return account
        }
    }

    /// Hands over what waits, flushes the feeder and ends the thread; what is left after the deadline is dropped and
    /// counted. Called once, after ``start()``; blocks.
    ///
    /// - Returns: whether everything was handed over in time
    @discardableResult
    public func close(deadlineMilliseconds: Int32) -> Bool {
        let wake = state.withLock { state in
            state.isOpen = false
            defer { state.isIdle = false }
            return state.isIdle
        }
        if wake { filled.signal() }
        let inTime = finished.wait(timeout: .now() + .milliseconds(Int(deadlineMilliseconds))) == .success
        state.withLock { state in
            state.isAbandoned = true
            state.account.drop(state.waiting, .stopped)
            state.pieces = []
            state.waiting = 0
            state.waitingBytes = 0
        }
        return inTime
    }

    // MARK: The thread

    private func run() {
        var hand = Hand()
        var lastError = ""
        while let pieces = fetch() {
            hand.load(pieces)
            while hand.gather(Self.batchSize), take(hand) {
                if let error = publish(hand), error != lastError {
                    lastError = error
                    onError(error)
                }
                hand.release()
            }
            hand.load([])
        }
        do {
            try sink.flush(deadlineMilliseconds: 1000)
        } catch {
            onError("flush: \(error)")
        }
        finished.signal()
    }

    /// All that waits; waits for it when there is nothing. Nil when the queue is closed and empty.
    private func fetch() -> [Piece]? {
        while true {
            let (pieces, isOpen) = state.withLock { state in
                let pieces = state.pieces
                state.pieces = []
                state.isOverflowing = state.isOverflowing && !pieces.isEmpty
                state.isIdle = pieces.isEmpty && state.isOpen
                return (pieces, state.isOpen)
            }
            if !pieces.isEmpty { return pieces }
            if !isOpen { return nil }
            filled.wait()
        }
    }

    /// The records of the hand wait no more; false when they are accounted for already.
    private func take(_ hand: borrowing Hand) -> Bool {
        state.withLock { state in
            guard !state.isAbandoned else { return false }
            state.waiting -= hand.count
            state.waitingBytes -= hand.bytes
            state.inHand = hand.count
            return true
        }
    }

    /// Returns what went wrong, nil when the feeder took them all.
    private func publish(_ hand: borrowing Hand) -> String? {
        var failure: String?
        var accepted = 0
        do {
            accepted = try hand.withRecords { try sink.publish($0, count: $1) } ?? 0
            accepted = min(max(0, accepted), hand.count)
        } catch {
            failure = "\(error)"
        }
        state.withLock { state in
            state.inHand = 0
            state.account.delivered += UInt64(accepted)
            state.account.drop(hand.count - accepted, failure == nil ? .feederRefused : .feederError)
        }
        return failure
    }

    /// The records of one call, gathered from as many batches as it takes: events that come one by one are handed over
    /// together when the feeder is slower than they come.
    private struct Hand: ~Copyable {
        private var pieces: [Piece] = []
        /// The first piece that is not handed over.
        private var next = 0
        private var released = 0
        private(set) var count = 0
        private(set) var bytes = 0
        /// The records side by side, when they come from several pieces.
        private var gathered: UnsafeMutablePointer<kubearmor_record>?
        private var single: UnsafePointer<kubearmor_record>?

        init() {}

        deinit { gathered?.deallocate() }

        /// What is to be handed over next.
        mutating func load(_ pieces: [Piece]) {
            self.pieces = pieces
            (next, released) = (0, 0)
        }

        /// Lets go of the batches whose records have all been handed over.
        mutating func release() {
            while released < next {
                pieces[released].batch = nil
                released += 1
            }
        }

        /// Takes up to `limit` records; false when there are none.
        mutating func gather(_ limit: Int) -> Bool {
            (count, bytes, single) = (0, 0, nil)
            while next < pieces.count, count < limit {
                let piece = pieces[next]
                let taken = min(limit - count, piece.range.count)
                guard let batch = piece.batch else { break }
                let start = batch.base + piece.range.lowerBound
                if count == 0, taken == limit || next + 1 == pieces.count {
                    single = start
                } else {
                    let place = gathered ?? .allocate(capacity: limit)
                    gathered = place
                    (place + count).update(from: start, count: taken)
                }
                count += taken
                if taken < piece.range.count {
                    // The rest of the piece is for the next hand.
                    pieces[next].range = piece.range.lowerBound + taken..<piece.range.upperBound
                    break
                }
                bytes += piece.bytes
                next += 1
            }
            return count > 0
        }

        borrowing func withRecords<Result>(
            _ body: (UnsafePointer<kubearmor_record>, Int) throws -> Result
        ) rethrows -> Result? {
            guard let records = single ?? gathered.map({ UnsafePointer($0) }) else { return nil }
            // The pieces keep the batches that the records and their texts are part of.
            return try withExtendedLifetime(pieces) { try body(records, count) }
        }
    }
}
