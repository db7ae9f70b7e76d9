// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// A decision with its reasons, in the forms of `kubearmor policy explain`.
public struct ExplanationReport: Sendable {
    private let explanation: Explanation

    public init(_ explanation: Explanation) { self.explanation = explanation }

    private var verdict: String {
        switch explanation.decision.action {
        case .allow: "allowed"
        case .audit: "allowed, with an alert"
        case .block: "denied"
        }
    }

    private var reason: String {
        switch explanation.decision.decider {
        case .none: "no rule and no posture speaks of it"
        case .posture: "the class is an allow list and no rule matches: the posture decides"
        case .rule(let id):
            explanation.rules.first { $0.rule.id == id }.map { "by \($0.rule.origin)" } ?? "by rule \(id)"
        }
    }

    private static func words(_ role: Explanation.Role) -> String {
        switch role {
        case .decides: "decides"
        case .otherSource: "silent: its fromSource is another program"
        case .conditionNotMet(let unmet): "silent: \(unmet.joined(separator: "; "))"
        case .lost(.sourceFirst): "lost: rules with a matching fromSource go first"
        case .lost(.lessSpecific): "lost: it names the object less closely"
        case .lost(.weakerAction): "lost: as close, and Block goes before Audit before Allow"
        case .lost(.sameAction): "lost: it says the same"
        }
    }

    /// The verdict, then a line a rule.
    public var text: String {
        var lines = ["\(verdict): \(reason)"]
        for rule in explanation.rules {
            lines.append("  \(rule.rule.words)")
            lines.append("    \(rule.rule.origin): \(Self.words(rule.role))")
        }
        return lines.joined(separator: "\n")
    }

    /// An object with verdict, deciding rule and all rules that speak of the object.
    public var json: String {
        let rules = explanation.rules.map { entry in
            JSONValue.object([
                ("id", .integer(Int64(entry.rule.id))), ("policy", .string(entry.rule.policyName)),
                ("namespace", .string(entry.rule.namespace)), ("file", .string(entry.rule.location.file)),
                ("line", .integer(Int64(entry.rule.location.line))),
                ("column", .integer(Int64(entry.rule.location.column))), ("rule", .string(entry.rule.words)),
                ("action", .string(entry.rule.action.name)), ("decides", .bool(entry.role == .decides)),
                ("role", .string(Self.words(entry.role))),
            ])
        }
        return JSONValue.object([
            ("action", .string(explanation.decision.action.name)),
            ("denied", .bool(explanation.decision.action == .block)), ("reason", .string(reason)),
            ("rules", .array(rules)),
        ]).indentedText
    }
}
