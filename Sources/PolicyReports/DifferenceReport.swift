// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// What changes for a workload when one rule set takes the place of another, in the forms of `kubearmor policy diff`.
public struct DifferenceReport: Sendable {
    private struct Change {
        let access: String
        let before: String
        let after: String
    }

    private let removed: [String]
    private let added: [String]
    private let changes: [Change]

    public init(from before: RuleSet, to after: RuleSet) {
        let old = Set(before.rules.map(\.words)), new = Set(after.rules.map(\.words))
        removed = old.subtracting(new).sorted()
        added = new.subtracting(old).sorted()
        changes = SampleAccesses([before, after]).samples.compactMap { sample in
            let first = before.decide(sample.subject, sample.access)
            let second = after.decide(sample.subject, sample.access)
            guard first.action != second.action else { return nil }
            return Change(
                access: Self.words(sample), before: Self.words(first, before), after: Self.words(second, after))
        }
    }

    public var isEmpty: Bool { removed.isEmpty && added.isEmpty && changes.isEmpty }

    /// Rules that go and come, then the accesses that are decided otherwise.
    public var text: String {
        if isEmpty { return "no difference" }
        let rules = removed.map { "- \($0)" } + added.map { "+ \($0)" }
        let accesses = changes.map { "  \($0.access)\n    \($0.before) → \($0.after)" }
        let title = changes.isEmpty ? "no access that they name is decided otherwise" : "decided otherwise:"
        return (rules + [title] + accesses).joined(separator: "\n")
    }

    /// The same as an object.
    public var json: String {
        JSONValue.object([
            ("removed", .array(removed.map { .string($0) })), ("added", .array(added.map { .string($0) })),
            (
                "changes",
                .array(
                    changes.map {
                        .object([
                            ("access", .string($0.access)), ("before", .string($0.before)),
                            ("after", .string($0.after)),
                        ])
                    })
            ),
        ]).indentedText
    }

    private static func words(_ decision: Decision, _ set: RuleSet) -> String {
        let verdict =
            switch decision.action {
            case .allow: "allowed"
            case .audit: "audited"
            case .block: "denied"
            }
        switch decision.decider {
        case .none: return verdict
        case .posture: return "\(verdict) by the posture"
        case .rule(let id): return "\(verdict) by \(set.rules[Int(id) - 1].origin)"
        }
    }

    private static func words(_ sample: SampleAccesses.Sample) -> String {
        let subject = sample.subject
        var words: [String] = []
        switch sample.access.object {
        case .path(let path):
            let verb = sample.access.accessClass == .process ? "exec" : sample.access.bits == .read ? "read" : "write"
            words = [verb, path] + (sample.access.arguments ?? [])
        case .place(let path): words = ["rename what holds", path]
        case .socket(let socket): words = ["socket \(socket.family) \(socket.type) \(socket.protocol)"]
        case .capability(let number): words = ["capability", CapabilityName.all[Int(number)]]
        case .domain(let name): words = ["dns", name]
        case .preset(let preset): words = ["preset", preset.name]
        case .syscall(let name, let path): words = ["syscall", name, path ?? ""]
        }
        words.append("by \(subject.executable)")
        if let owner = sample.access.ownerUID {
            words.append(owner == subject.uid ? "as the owner" : "as another user")
        }
        if subject.hasTTY { words.append("on a terminal") }
        return words.joined(separator: " ")
    }
}
