// SPDX-License-Identifier: Apache-2.0

extension RuleSet {
    /// Decides one access by looking at every rule: the definition that backends are held against, not made for speed.
    public func decide(_ subject: Subject, _ access: Access) -> Decision {
        explain(subject, access).decision
    }

    /// The same, with every rule that speaks of the object and why it decided or did not.
    public func explain(_ subject: Subject, _ access: Access) -> Explanation {
        let hasObject = access.accessClass != .process || access.bits.contains(.execute)
        guard hasObject, classes & access.accessClass.bit != 0 else {
            return Explanation(decision: Decision(posture: nil), rules: [])
        }
        let actor = access.accessClass == .process ? subject.parent : subject.executable
        let named = rules.filter { $0.accessClass == access.accessClass && $0.matches(access.object) }
        var explained: [Explanation.Rule] = []
        var decider: ResolvedRule?
        var decision = Decision(posture: access.object.isPlace ? nil : posture(of: access.accessClass))
        let asked = named.sorted(by: Self.isAskedBefore)
        for rule in access.object.isPlace ? Self.groups(asked) : asked {
            if let source = rule.source, !source.matches(executable: actor) {
                explained.append(Explanation.Rule(rule: rule, role: .otherSource))
            } else if let decider {
                explained.append(Explanation.Rule(rule: rule, role: .lost(Self.reason(rule, against: decider))))
            } else if let outcome = RuleCondition.outcome(rule, subject, access) {
                decider = rule
                decision = Decision(action: outcome, decider: .rule(rule.id))
                explained.append(Explanation.Rule(rule: rule, role: .decides))
            } else {
                let unmet = RuleCondition.unmet(rule, subject, access)
                explained.append(Explanation.Rule(rule: rule, role: .conditionNotMet(unmet)))
            }
        }
        return Explanation(decision: decision, rules: explained)
    }

    private static func isAskedBefore(_ first: ResolvedRule, _ second: ResolvedRule) -> Bool {
        if (first.source == nil) != (second.source == nil) { return first.source != nil }
        return Specificity(first) < Specificity(second)
    }

    /// Of rules that ask the same of whoever acts, the first stands for all.
    private static func groups(_ rules: [ResolvedRule]) -> [ResolvedRule] {
        var seen: Set<CandidateCondition> = []
        return rules.filter { seen.insert(CandidateCondition(ofPlace: $0)).inserted }
    }

    private static func reason(_ rule: ResolvedRule, against decider: ResolvedRule) -> Explanation.Loss {
        if rule.source == nil, decider.source != nil { return .sourceFirst }
        if Specificity(decider).isMoreSpecific(than: Specificity(rule)) { return .lessSpecific }
        return rule.action == decider.action ? .sameAction : .weakerAction
    }
}

extension ResolvedRule {
    fileprivate func matches(_ accessed: AccessObject) -> Bool {
        switch accessed {
        case .path(let path):
            match.matches(name: object, recursive: flags.contains(.recursive), path: Array(path.utf8))
        case .place(let path):
            action == .block && Place.holding(self).contains(Array(path.utf8))
        case .socket(let socket):
            match == .protocol && NetworkProtocol.sockets(named: object).contains { $0.contains(socket) }
        case .capability(let number):
            match == .capability && CapabilityName.number(of: object) == number
        case .domain(let name):
            match == .domain && DomainName.matches(object, name)
        case .preset(let preset):
            match == .preset && object == preset.name
        case .syscall(let name, let path):
            match == .syscall && SyscallObject(object).matches(name, path, flags.contains(.recursive))
        }
    }
}

extension RuleSource {
    fileprivate func matches(executable: String) -> Bool {
        match.matches(name: path, recursive: recursive, path: Array(executable.utf8))
    }
}

extension MatchKind {
    func matches(name: String, recursive: Bool, path: [UInt8]) -> Bool {
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
