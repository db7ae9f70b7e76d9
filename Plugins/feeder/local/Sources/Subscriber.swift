// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A program that has connected.
struct Subscriber {
    /// A first line of more is none.
    private static let requestLimit = 256
    /// Who says nothing for so long wants everything.
    private static let grace = Duration.milliseconds(100)

    let descriptor: Int32
    private let since: ContinuousClock.Instant
    private var request: [UInt8] = []
    /// Nil until it has said what it wants, or that it will not.
    private(set) var wish: Wish?
    /// Nothing more comes from it; it may listen all the same.
    private(set) var hasSpoken = false
    var queue = LineQueue()

    init(_ descriptor: Int32, now: ContinuousClock.Instant) {
        self.descriptor = descriptor
        since = now
    }

    /// Reads what it says; false when it says something that cannot be meant.
    mutating func hear(now: ContinuousClock.Instant) -> Bool {
        var bytes = [UInt8](repeating: 0, count: Self.requestLimit)
        while !hasSpoken {
            let count = bytes.withUnsafeMutableBytes {
                kubearmor_local_receive(descriptor, $0.baseAddress, $0.count)
            }
            if count == -EAGAIN || count == -EINTR { break }
            if count <= 0 {
                hasSpoken = true
            } else if wish == nil {
                request += bytes[..<Int(count)]
                guard request.count <= Self.requestLimit else { return false }
            }
        }
        guard wish == nil else { return true }
        let line = request.prefix { $0 != UInt8(ascii: "\n") }
        guard line.count < request.count || hasSpoken || now - since >= Self.grace else { return true }
        guard let wish = Wish(words: line) else { return false }
        begin(wish)
        return true
    }

    private mutating func begin(_ wish: Wish) {
        self.wish = wish
        queue.push(
            Lines(notice: #"{"Type":"subscribed","Version":1,"Records":\#(wish.json),"HostPID":\#(getpid())}"#))
    }

    /// Sends what the socket takes.
    mutating func send() {
        let descriptor = descriptor
        queue.drain { bytes in
            Int(max(0, kubearmor_local_send(descriptor, bytes.baseAddress, min(bytes.count, 1 << 20))))
        }
    }

    /// For poll(2).
    var interest: pollfd {
        let events = (hasSpoken ? 0 : POLLIN) | (queue.isEmpty ? 0 : POLLOUT)
        return pollfd(fd: descriptor, events: Int16(events), revents: 0)
    }
}
