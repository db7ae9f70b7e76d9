// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// How an enforcer holds one rule of a set, `struct kubearmor_holding`.
public struct RuleHolding: Sendable, Hashable {
    /// The four answers of plugin.h, from the best to the worst.
    public enum Hold: UInt32, Sendable, CaseIterable {
        /// As it is written.
        case enforced = 1
        /// Denies more than the rule says.
        case stricter
        /// Permits; what monitors see of it is alerted.
        case audited
        /// Nothing of it is in force.
        case unsupported

        /// The words of `kubearmor policy status`.
        public var name: String {
            switch self {
            case .enforced: "enforced"
            case .stricter: "enforced stricter"
            case .audited: "audited only"
            case .unsupported: "unsupported"
            }
        }
    }

    /// The rule's id in its set.
    public var rule: UInt32
    public var hold: Hold
    /// A phrase; empty when the rule is enforced as it is written.
    public var reason: String

    public init(rule: UInt32, hold: Hold, reason: String) {
        self.rule = rule
        self.hold = hold
        self.reason = reason
    }

    /// Whether the enforcer itself denies what the rule denies.
    public var isHeld: Bool { hold == .enforced || hold == .stricter }

    /// `enforced`, or `audited only: …`.
    public var text: String { reason.isEmpty ? hold.name : "\(hold.name): \(reason)" }

    /// A word that this daemon does not know is no promise.
    init(_ holding: kubearmor_holding) {
        let hold = Hold(rawValue: holding.hold)
        let reason = withUnsafeBytes(of: holding.reason) { SystemText.bounded($0) }
        self.init(
            rule: holding.rule, hold: hold ?? .unsupported,
            reason: hold == nil ? "the enforcer answers \(holding.hold), which plugin.h does not know" : reason)
    }
}
