// SPDX-License-Identifier: Apache-2.0
import Plugins

extension PolicyStatus {
    /// What `kubearmor policy status` prints: a line a rule, what is not reached, and how many rules are held how.
    ///
    /// - Parameter isComplete: also the rules that are enforced as they are written, which are counted otherwise
    public func text(isComplete: Bool) -> String {
        let shown = isComplete ? rules : rules.filter { $0.holding.hold != .enforced }
        var lines = TextTable.lines(
            [["STATE", "POLICY", "RULE", "PLACE", "WORKLOADS", "REASON"]]
                + shown.map { rule in
                    [
                        rule.holding.hold.name, rule.policy, rule.words, rule.place, Self.brief(rule.workloads),
                        rule.holding.reason,
                    ]
                }, widest: 64)
        if shown.isEmpty { lines = [] }
        lines += remarks.map { "\($0.workload): \($0.text)" }
        return (lines + [total]).joined(separator: "\n")
    }

    /// "12 rules under bpflsm: 11 enforced, 1 audited only".
    private var total: String {
        let counts = RuleHolding.Hold.allCases.compactMap { hold in
            let count = rules.count { $0.holding.hold == hold }
            return count == 0 ? nil : "\(count) \(hold.name)"
        }
        let what = "\(rules.count) rules under \(enforcer)"
        return counts.isEmpty ? what : "\(what): \(counts.joined(separator: ", "))"
    }

    private static func brief(_ workloads: [String]) -> String {
        let first = workloads.prefix(2).joined(separator: ", ")
        return workloads.count > 2 ? "\(first) and \(workloads.count - 2) more" : first
    }
}
