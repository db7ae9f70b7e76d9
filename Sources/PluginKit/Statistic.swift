// SPDX-License-Identifier: Apache-2.0

/// One number that a plugin counts.
public struct Statistic: Sendable, Hashable {
    /// Of the characters `[a-z0-9_.]`, at most 63; `dropped.<reason>` counts losses.
    public let name: String
    /// Since the plugin was opened.
    public let value: UInt64

    /// A name that is too long for the contract is cut.
    public init(name: String, value: UInt64) {
        self.name = name
        self.value = value
    }
}
