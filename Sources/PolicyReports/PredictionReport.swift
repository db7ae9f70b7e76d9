// SPDX-License-Identifier: Apache-2.0
public import Policy

/// What the reference evaluator says of the predictions of scenario files.
public struct PredictionReport: Sendable {
    private var lines: [String] = []
    public private(set) var passed = 0
    public private(set) var failed = 0

    public init() {}

    /// Decides the steps of one file for `workload`.
    public mutating func add(_ file: PredictionFile, workload: WorkloadIdentity) {
        let set = RuleSet.resolve(
            policies: file.policies.filter { $0.selects(workload) }, postures: file.postures)
        for step in file.steps {
            let explanation = set.explain(step.subject, step.access)
            let found =
                switch explanation.decision.action {
                case .allow: "allow"
                case .audit: "audit"
                case .block: "deny"
                }
            if found == step.predicted {
                passed += 1
                continue
            }
            failed += 1
            lines.append("\(step.location): \(file.name): predicted \(step.predicted), the policies say \(found)")
            lines += ExplanationReport(explanation).text.split(separator: "\n").map { "    \($0)" }
        }
    }

    /// The predictions that failed with the reasons, and the totals.
    public var text: String {
        (lines + ["\(passed) predictions hold, \(failed) do not"]).joined(separator: "\n")
    }
}
