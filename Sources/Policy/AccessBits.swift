// SPDX-License-Identifier: Apache-2.0

/// How an object is accessed. The raw values are those of `KUBEARMOR_ACCESS_…` in plugin.h.
public struct AccessBits: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt32

    /// Bits from their value.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Reading.
    public static let read = AccessBits(rawValue: 1)
    /// Everything that changes the object or its name.
    public static let write = AccessBits(rawValue: 2)
    /// Executing; the only access that process rules see.
    public static let execute = AccessBits(rawValue: 4)
}
