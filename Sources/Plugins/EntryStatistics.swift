// SPDX-License-Identifier: Apache-2.0

/// What the calls of one entry of a plugin's table were like so far.
public struct EntryStatistics: Sendable, Hashable {
    /// The entry's name in plugin.h, such as `apply`.
    public let entry: String
    public let calls: UInt64
    /// Calls that returned a negative value.
    public let errors: UInt64
    /// Calls that took longer than the header allows.
    public let late: UInt64
    public let totalNanoseconds: UInt64
    public let maximumNanoseconds: UInt64
    /// The text of the last error, empty when there was none.
    public let lastError: String
}
