// SPDX-License-Identifier: Apache-2.0

/// Everything that one workload's policies say, in canonical order: equal inputs give equal rule sets, whatever
/// their order. A value, free to share between threads.
public struct RuleSet: Sendable {
    /// The rules; `rules[i].id == i + 1`.
    public let rules: [ResolvedRule]
    /// Set of the classes that have rules, one `AccessClass.bit` each.
    public let classes: UInt32
    /// Equal for equal rule sets; independent of where in a file a rule stands.
    public let digest: UInt64
    /// The postures that the workload has.
    public let postures: Postures

    let allowListedClasses: UInt32

    /// What an access of this class gets that no rule matched; nil when the class has no Allow rule, or no posture.
    public func posture(of accessClass: AccessClass) -> Posture? {
        allowListedClasses & accessClass.bit == 0 ? nil : postures[accessClass]
    }

    /// The rule set of a workload that all of `policies` select.
    ///
    /// Rules that say the same of the same policy become one.
    public static func resolve(policies: [Policy], postures: Postures) -> RuleSet {
        var rules: [ResolvedRule] = []
        rules.reserveCapacity(policies.reduce(0) { $0 + $1.rules.count })
        for policy in policies {
            for rule in policy.rules {
                rules.append(ResolvedRule(rule, of: policy, id: 0))
            }
        }
        rules.sort { RuleOrder.compare($0, $1) < 0 }
        var digest = Digest()
        var canonical: [ResolvedRule] = []
        canonical.reserveCapacity(rules.count)
        var classes: UInt32 = 0
        var allowListedClasses: UInt32 = 0
        for rule in rules {
            if let last = canonical.last, RuleOrder.compareContent(last, rule) == 0 { continue }
            digest.combine(rule)
            // What is written in an enforcer's own language is of no class that can be decided here.
            if rule.match != .native { classes |= rule.accessClass.bit }
            if rule.action == .allow { allowListedClasses |= rule.accessClass.bit }
            canonical.append(rule.withID(UInt32(canonical.count + 1)))
        }
        digest.combine(postures)
        return RuleSet(
            rules: canonical, classes: classes, digest: digest.value, postures: postures,
            allowListedClasses: allowListedClasses)
    }
}

extension ResolvedRule {
    fileprivate func withID(_ id: UInt32) -> ResolvedRule {
        ResolvedRule(
            id: id, accessClass: accessClass, match: match, object: object, flags: flags, action: action,
            source: source, arguments: arguments, policyName: policyName, policyKind: policyKind, namespace: namespace,
            severity: severity, tags: tags, message: message, location: location)
    }
}
