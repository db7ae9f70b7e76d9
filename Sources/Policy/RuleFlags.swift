// SPDX-License-Identifier: Apache-2.0

/// Conditions and modifiers of a rule. The raw values are those of `KUBEARMOR_RULE_…` in plugin.h.
public struct RuleFlags: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt32

    /// Flags from their bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A directory with everything below it, not only its direct children.
    public static let recursive = RuleFlags(rawValue: 1)
    /// `ownerOnly: true`.
    public static let ownerOnly = RuleFlags(rawValue: 2)
    /// `readOnly: true`.
    public static let readOnly = RuleFlags(rawValue: 4)
    /// `pts: false`: the rule bites only when the process has a controlling terminal.
    public static let ttyOnly = RuleFlags(rawValue: 8)
}
