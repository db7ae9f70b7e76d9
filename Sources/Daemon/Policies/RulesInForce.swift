// SPDX-License-Identifier: Apache-2.0
public import Plugins
public import Policy

/// The rules of a workload, and how the enforcer holds each of them.
public struct RulesInForce: Sendable, Hashable {
    public let set: RuleSet
    /// In the order of the rules.
    public let holdings: [RuleHolding]

    public static func == (left: RulesInForce, right: RulesInForce) -> Bool {
        left.set.digest == right.set.digest && left.holdings == right.holdings && left.set.rules == right.set.rules
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(set.digest) }

    /// How `kubearmor policy status` shows them.
    public func status(of workloads: [String], under enforcer: String) -> PolicyStatus {
        PolicyStatus(
            PolicyStatusSources(
                enforcer: enforcer, sets: [PolicyStatusSources.Shared(rules: self, workloads: workloads)], remarks: []))
    }
}
