// SPDX-License-Identifier: Apache-2.0

extension RuleSet {
    /// Decides one access by looking at every rule: the definition that backends are held against, not made for speed.
    public func decide(_ subject: Subject, _ access: Access) -> Decision {
        let hasObject = access.accessClass != .process || access.bits.contains(.execute)
        guard hasObject, classes & access.accessClass.bit != 0 else { return Decision(posture: nil) }
        let actor = access.accessClass == .process ? subject.parent : subject.executable
        let matching = rules.filter { rule in
            rule.accessClass == access.accessClass && rule.matches(object: access.object)
                && rule.source?.matches(executable: actor) != false
        }
        let candidates = matching.sorted { first, second in
            if (first.source == nil) != (second.source == nil) { return first.source != nil }
            return Specificity(first) < Specificity(second)
        }
        for rule in candidates {
            let outcome = RuleCondition.outcome(
                action: rule.action, flags: rule.flags, isWrite: access.bits.contains(.write),
                isOwner: access.ownerUID == subject.uid, hasTTY: subject.hasTTY)
            if let outcome { return Decision(action: outcome, decider: .rule(rule.id)) }
        }
        return Decision(posture: posture(of: access.accessClass))
    }
}

extension ResolvedRule {
    fileprivate func matches(object: String) -> Bool {
        match.matches(name: self.object, recursive: flags.contains(.recursive), path: Array(object.utf8))
    }
}

extension RuleSource {
    fileprivate func matches(executable: String) -> Bool {
        match.matches(name: path, recursive: recursive, path: Array(executable.utf8))
    }
}

extension MatchKind {
    fileprivate func matches(name: String, recursive: Bool, path: [UInt8]) -> Bool {
        let bytes = Array(name.utf8)
        switch self {
        case .path:
            return bytes == path
        case .execname:
            return path.count > bytes.count && path.suffix(bytes.count).elementsEqual(bytes)
                && path[path.count - bytes.count - 1] == UInt8(ascii: "/")
        case .directory:
            if path == [UInt8(ascii: "/")] { return bytes == path }
            if path.elementsEqual(bytes.dropLast()) { return true }
            guard path.count > bytes.count, path.starts(with: bytes) else { return false }
            return recursive || !path[bytes.count...].contains(UInt8(ascii: "/"))
        case .pattern:
            // What does not parse as a glob is refused before it can become a rule.
            return (try? Glob(name))?.matches(path) ?? false
        default:
            return false
        }
    }
}
