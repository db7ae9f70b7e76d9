// SPDX-License-Identifier: Apache-2.0
import Policy

/// Policies that are asked about many accesses: of the rules about paths, those that cannot match are left out before
/// the reference evaluator is asked.
struct IndexedRules {
    private let policies: [Policy]
    private let postures: Postures
    /// Rules for exactly one path, by class and path.
    private var exact: [AccessClass: [String: [Place]]] = [:]
    private var others: [AccessClass: [Place]] = [:]
    /// A rule that keeps the class an allow list.
    private var allow: [AccessClass: Place] = [:]
    private var sets: [AccessClass: [AccessObject: RuleSet]] = [:]

    /// Where a rule stands.
    private struct Place: Hashable {
        let policy: Int
        let rule: Int
    }

    init(_ policies: [Policy], postures: Postures) {
        self.policies = policies
        self.postures = postures
        for (index, policy) in policies.enumerated() {
            for (number, rule) in policy.rules.enumerated() {
                let place = Place(policy: index, rule: number)
                if rule.action == .allow, allow[rule.accessClass] == nil { allow[rule.accessClass] = place }
                if rule.match == .path {
                    exact[rule.accessClass, default: [:]][rule.object, default: []].append(place)
                } else {
                    others[rule.accessClass, default: []].append(place)
                }
            }
        }
    }

    /// The decision, and the set whose rule it names.
    mutating func decide(_ subject: Subject, _ access: Access) -> (decision: Decision, set: RuleSet) {
        let set = sets[access.accessClass]?[access.object] ?? resolve(access)
        sets[access.accessClass, default: [:]][access.object] = set
        return (set.decide(subject, access), set)
    }

    private func resolve(_ access: Access) -> RuleSet {
        var places = Set([allow[access.accessClass]].compactMap(\.self))
        if case .path(let path) = access.object {
            places.formUnion(exact[access.accessClass]?[path] ?? [])
            for place in others[access.accessClass] ?? [] where canMatch(place, "\(path)/") { places.insert(place) }
        } else {
            places.formUnion(others[access.accessClass] ?? [])
            for rules in (exact[access.accessClass] ?? [:]).values { places.formUnion(rules) }
        }
        let chosen = Dictionary(grouping: places, by: \.policy).map { index, places in
            var policy = policies[index]
            policy.rules = places.map(\.rule).sorted().map { policies[index].rules[$0] }
            return policy
        }
        return RuleSet.resolve(policies: chosen, postures: postures)
    }

    private func canMatch(_ place: Place, _ path: String) -> Bool {
        let rule = policies[place.policy].rules[place.rule]
        return rule.match != .directory || path.utf8.starts(with: rule.object.utf8)
    }
}
