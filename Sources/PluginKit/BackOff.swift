// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt: twice as long after each that failed, up to a limit.
public struct BackOff: Sendable, Hashable {
    private let first: Int32
    private let limit: Int32
    private var next: Int32

    /// The waits are 100 ms, 200 ms and so on, at most 30 s, unless other bounds are given.
    public init(firstMilliseconds: Int32 = 100, limitMilliseconds: Int32 = 30_000) {
        first = max(1, firstMilliseconds)
        limit = max(first, limitMilliseconds)
        next = first
    }

    /// What to wait now, in milliseconds; after the next failure it is longer.
    public mutating func advance() -> Int32 {
        defer { next = next > limit / 2 ? limit : next * 2 }
        return next
    }

    /// An attempt has succeeded.
    public mutating func reset() { next = first }
}
