// SPDX-License-Identifier: Apache-2.0
public import Policy

/// A rule set that is or was in force for a workload, under the number with which its events name it.
public struct ActiveRules: Sendable {
    public let generation: UInt64
    public let ruleSet: RuleSet
    public let enforcement: Enforcement

    public init(generation: UInt64, ruleSet: RuleSet, enforcement: Enforcement) {
        self.generation = generation
        self.ruleSet = ruleSet
        self.enforcement = enforcement
    }

    /// The rule that an event names, nil when the set has no such rule.
    func rule(_ id: UInt32) -> ResolvedRule? {
        let index = Int(id) - 1
        return ruleSet.rules.indices.contains(index) ? ruleSet.rules[index] : nil
    }
}
