// SPDX-License-Identifier: Apache-2.0

/// What became of the records offered to one feeder: `offered == delivered + waiting + Σ dropped`.
public struct FeederAccount: Sendable, Hashable {
    public internal(set) var offered: UInt64 = 0
    public internal(set) var delivered: UInt64 = 0
    public internal(set) var dropped: [DropReason: UInt64] = [:]
    /// In the queue or in the feeder's hands at the moment.
    public internal(set) var waiting: UInt64 = 0
    /// What the records in the queue occupy; queues share it.
    public internal(set) var waitingBytes: UInt64 = 0

    public init() {}

    mutating func drop(_ count: Int, _ reason: DropReason) {
        if count > 0 { dropped[reason, default: 0] += UInt64(count) }
    }
}
