// SPDX-License-Identifier: Apache-2.0

/// What an access gets that no rule matched, in a class that has an Allow rule.
public enum Posture: UInt32, Sendable, Hashable, CaseIterable {
    case allow = 1
    case audit = 2
    case block = 3

    /// The posture that a configuration value names: `allow`, `audit` or `block`, in any case. Nil for other text.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "allow": self = .allow
        case "audit": self = .audit
        case "block": self = .block
        default: return nil
        }
    }
}
