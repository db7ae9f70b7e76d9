// SPDX-License-Identifier: Apache-2.0

/// `ownerOnly`, `readOnly` and `pts`: the part of a match that depends on more than names.
enum RuleCondition {
    /// What a rule whose names match says of an access; nil: the rule does not match after all.
    static func outcome(_ rule: ResolvedRule, _ subject: Subject, _ access: Access) -> Action? {
        if let permitted = rule.arguments {
            let refuses = access.arguments.map { !$0.allSatisfy { Self.contains(permitted, $0) } } ?? true
            if refuses == (rule.action == .allow) { return nil }
        }
        return outcome(
            action: rule.action, flags: rule.flags, isWrite: access.bits.contains(.write),
            isOwner: access.ownerUID == subject.uid, hasTTY: subject.hasTTY)
    }

    private static func contains(_ permitted: [String], _ argument: String) -> Bool {
        permitted.contains { ByteOrder.compare($0, argument) == 0 }
    }

    /// The same of the conditions that are flags.
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

    /// Why a rule whose names match has no outcome, a phrase a condition.
    static func unmet(_ rule: ResolvedRule, _ subject: Subject, _ access: Access) -> [String] {
        var unmet: [String] = []
        let isAllow = rule.action == .allow
        if let permitted = rule.arguments {
            let others = access.arguments?.filter { !contains(permitted, $0) }
            if others?.isEmpty ?? false, !isAllow { unmet.append("allowedArgs has all arguments") }
            if isAllow, others.map({ !$0.isEmpty }) ?? true {
                unmet.append("allowedArgs lacks \(others?.joined(separator: " ") ?? "what is not known")")
            }
        }
        if rule.flags.contains(.ttyOnly), !subject.hasTTY { unmet.append("pts: there is no terminal") }
        let isOwner = access.ownerUID == subject.uid
        if isAllow, rule.flags.contains(.ownerOnly), !isOwner {
            unmet.append("ownerOnly: user \(subject.uid) is not the owner")
        }
        guard !isAllow, !rule.flags.isDisjoint(with: [.ownerOnly, .readOnly]) else { return unmet }
        if rule.flags.contains(.ownerOnly), isOwner {
            unmet.append("ownerOnly: user \(subject.uid) is the owner")
        }
        if rule.flags.contains(.readOnly), !access.bits.contains(.write) { unmet.append("readOnly: it is a read") }
        return unmet
    }

    /// Whether a rule decides every access that its names match.
    static func isUnconditional(_ rule: ResolvedRule) -> Bool {
        if rule.arguments != nil || rule.flags.contains(.ttyOnly) || rule.flags.contains(.ownerOnly) { return false }
        return rule.action == .allow || !rule.flags.contains(.readOnly)
    }
}
