// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Turns the times of events (CLOCK_BOOTTIME) into dates.
public struct EventClock: Sendable {
    /// CLOCK_REALTIME minus CLOCK_BOOTTIME, nanoseconds.
    private let offset: UInt64

    /// - Parameter offset: what to add to an event's time to get nanoseconds since 1970
    public init(offset: UInt64) { self.offset = offset }

    /// With the clocks as they are now; the wall clock may be set, so a reader of events takes one for every batch.
    public static func now() -> EventClock {
        EventClock(offset: kubearmor_realtime_ns() &- kubearmor_boottime_ns())
    }

    /// Nanoseconds since 1970 of an event's time; of the present moment when the event has none.
    public func date(of boottime: UInt64) -> UInt64 {
        boottime == 0 ? kubearmor_realtime_ns() : boottime &+ offset
    }

    /// Bytes of the text of a date before the year 10000.
    static let textSize = 27

    /// `2006-01-02T15:04:05.000000Z`
    public static func text(of date: UInt64) -> String {
        var seconds = time_t(date / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let microseconds = Int(date % 1_000_000_000 / 1000)
        var text = ""
        text.reserveCapacity(textSize)
        append(Int(parts.tm_year) + 1900, digits: 4, to: &text)
        text += "-"
        append(Int(parts.tm_mon) + 1, digits: 2, to: &text)
        text += "-"
        append(Int(parts.tm_mday), digits: 2, to: &text)
        text += "T"
        append(Int(parts.tm_hour), digits: 2, to: &text)
        text += ":"
        append(Int(parts.tm_min), digits: 2, to: &text)
        text += ":"
        append(Int(parts.tm_sec), digits: 2, to: &text)
        text += "."
        append(microseconds, digits: 6, to: &text)
        text += "Z"
        return text
    }

    private static func append(_ number: Int, digits: Int, to text: inout String) {
        let plain = String(number)
        for _ in 0..<max(0, digits - plain.utf8.count) { text += "0" }
        text += plain
    }
}
