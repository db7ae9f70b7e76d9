// SPDX-License-Identifier: Apache-2.0

/// The lines that wait for one subscriber. Bounded in bytes: what does not fit is dropped, the newest first, and the
/// subscriber is told how many at the place where they are missing.
struct LineQueue {
    /// What became of the records that the subscriber was to get.
    struct Account {
        var offered: UInt64 = 0
        var delivered: UInt64 = 0
        var dropped: UInt64 = 0
    }

    /// Room for some 8,000 alerts.
    static let byteLimit = 4 << 20
    /// Kept free for what is said about drops.
    private static let noticeBytes = 4096
    /// A subscriber that is slow all the time is not told of every batch.
    private static let noticeInterval = Duration.seconds(1)

    private var waiting: [Lines] = []
    /// The first of `waiting` that is not sent yet, how many of its bytes are, and how many of its lines.
    private var first = 0
    private var sentBytes = 0
    private var sentLines = 0
    private var waitingBytes = 0
    /// Dropped and not told yet.
    private var untold: UInt64 = 0
    private var lastNotice: ContinuousClock.Instant?
    private(set) var account = Account()

    var isEmpty: Bool { first == waiting.count }

    /// Records that wait.
    var pending: UInt64 { account.offered - account.delivered - account.dropped }

    mutating func offer(_ lines: Lines, now: ContinuousClock.Instant) {
        account.offered += UInt64(lines.count)
        tellOfDrops(now: now)
        let taken = lines.prefix(bytes: max(0, Self.byteLimit - Self.noticeBytes - waitingBytes))
        if taken.count > 0 { push(taken) }
        drop(lines.count - taken.count)
    }

    /// Says how many are missing here, when some are and it was not said a moment ago.
    mutating func tellOfDrops(now: ContinuousClock.Instant, atOnce: Bool = false) {
        guard untold > 0, atOnce || waitingBytes < Self.byteLimit / 2 else { return }
        guard atOnce || lastNotice.map({ now - $0 >= Self.noticeInterval }) ?? true else { return }
        push(Lines(notice: #"{"Type":"dropped","Count":\#(untold),"Total":\#(account.dropped)}"#))
        untold = 0
        lastNotice = now
    }

    mutating func push(_ lines: Lines) {
        waiting.append(lines)
        waitingBytes += lines.bytes.count
    }

    /// Drops what is not on its way yet, all but a line that is half sent, and tells of it.
    mutating func end(_ notice: String, now: ContinuousClock.Instant) {
        var records = 0
        for (index, lines) in waiting.enumerated().dropFirst(first) where lines.areRecords {
            records += lines.count - (index == first ? sentLines : 0)
        }
        if !isEmpty {
            let lines = waiting[first]
            let isTorn = sentBytes > (sentLines == 0 ? 0 : lines.ends[sentLines - 1])
            let kept = lines.prefix(sentLines + (isTorn ? 1 : 0))
            if isTorn, lines.areRecords { records -= 1 }
            waiting = kept.bytes.count > sentBytes ? [kept] : []
        }
        if waiting.isEmpty || first == waiting.count { (waiting, sentBytes, sentLines) = ([], 0, 0) }
        first = 0
        waitingBytes = waiting.reduce(0) { $0 + $1.bytes.count } - sentBytes
        drop(records)
        tellOfDrops(now: now, atOnce: true)
        push(Lines(notice: notice))
    }

    private mutating func drop(_ count: Int) {
        untold += UInt64(count)
        account.dropped += UInt64(count)
    }

    /// Lends what is to be sent next to `send`, which says how many bytes were taken, until it takes none.
    mutating func drain(_ send: (UnsafeRawBufferPointer) -> Int) {
        while first < waiting.count {
            let lines = waiting[first]
            let taken = lines.bytes.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[sentBytes...])) }
            guard taken > 0 else { return }
            sentBytes += taken
            waitingBytes -= taken
            let start = sentLines
            while sentLines < lines.count, lines.ends[sentLines] <= sentBytes { sentLines += 1 }
            if lines.areRecords { account.delivered += UInt64(sentLines - start) }
            if sentBytes == lines.bytes.count { advance() }
        }
    }

    private mutating func advance() {
        // The bytes go as soon as they are sent; the places only now and then.
        waiting[first] = Lines()
        (first, sentBytes, sentLines) = (first + 1, 0, 0)
        if first == waiting.count || first > 64 {
            waiting.removeFirst(first)
            first = 0
        }
    }
}
