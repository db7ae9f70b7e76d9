// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Counts what became of every record: produced = delivered + pending + the sum of dropped, where at most one line is
/// pending.
struct Accounting {
    /// Why records were not written.
    enum Reason: String, CaseIterable {
        /// The target is `none`.
        case disabled
        /// Not an alert and not a log.
        case unsupported
        /// The disk, a quota or a limit of file size.
        case noSpace = "no_space"
        /// Nobody reads the pipe any more.
        case brokenPipe = "broken_pipe"
        /// The pipe or terminal took nothing for too long.
        case slowSink = "slow_sink"
        /// Any other failure of write(2).
        case writeError = "write_error"
        /// A line was half written when another file was opened.
        case torn

        /// The reason behind a positive errno value.
        init(errno number: Int32) {
            switch number {
            case ENOSPC, EDQUOT, EFBIG: self = .noSpace
            case EPIPE: self = .brokenPipe
            case ETIMEDOUT: self = .slowSink
            default: self = .writeError
            }
        }
    }

    var accepted: UInt64 = 0
    var delivered: UInt64 = 0
    private(set) var dropped: [Reason: UInt64] = [:]

    mutating func drop(_ count: Int, _ reason: Reason) {
        guard count > 0 else { return }
        dropped[reason, default: 0] += UInt64(count)
    }

    /// All numbers, those of every reason included.
    var statistics: [Statistic] {
        [Statistic(name: "accepted", value: accepted), Statistic(name: "delivered", value: delivered)]
            + Reason.allCases.map { Statistic(name: "dropped.\($0.rawValue)", value: dropped[$0] ?? 0) }
    }
}
