// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// What an enforcer that looks at no single rule needs of a rule set.
public struct RuleSetSummary: Sendable, Hashable {
    /// Set of classes that have rules: bit n is KUBEARMOR_CLASS n.
    public let classes: UInt32
    /// Equal for equal rule sets.
    public let digest: UInt64
    /// Number of rules.
    public let ruleCount: UInt64

    /// Reads the daemon's struct, which is used during the call only.
    init(_ set: UnsafePointer<kubearmor_rule_set>?) throws(PluginFailure) {
        guard let set = copyOfSized(set, zero: kubearmor_rule_set()) else { throw .missing("the rule set") }
        guard set.rule_count == 0 || set.rules != nil else { throw .missing("rules of the rule set") }
        classes = set.classes
        digest = set.digest
        ruleCount = set.rule_count
    }
}
