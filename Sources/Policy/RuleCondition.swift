// SPDX-License-Identifier: Apache-2.0

/// `ownerOnly`, `readOnly` and `pts`: the part of a match that depends on more than names.
enum RuleCondition {
    /// What a rule whose names match says of an access; nil: the rule does not match after all.
    static func outcome(action: Action, flags: RuleFlags, isWrite: Bool, isOwner: Bool, hasTTY: Bool) -> Action? {
        if flags.contains(.ttyOnly), !hasTTY { return nil }
        let ownerOnly = flags.contains(.ownerOnly)
        let readOnly = flags.contains(.readOnly)
        guard action != .allow else {
            if ownerOnly, !isOwner { return nil }
            return readOnly && isWrite ? .block : .allow
        }
        guard ownerOnly || readOnly else { return action }
        return (ownerOnly && !isOwner) || (readOnly && isWrite) ? action : nil
    }

    /// Whether a rule decides every access that its names match.
    static func isUnconditional(action: Action, flags: RuleFlags) -> Bool {
        if flags.contains(.ttyOnly) || flags.contains(.ownerOnly) { return false }
        return action == .allow || !flags.contains(.readOnly)
    }
}
