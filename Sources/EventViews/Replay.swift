// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// What policies say of accesses that were recorded: the reference evaluator decides.
public struct Replay: Sendable {
    /// One access, and what is decided about it.
    public struct Finding: Sendable {
        public let workload: WorkloadIdentity
        public let access: String
        public let count: UInt64
        /// `denied by the posture`, `allowed by p (file:3:5)`.
        public let verdicts: [String]
        let actions: [Action]
    }

    /// Distinct accesses that took place, with what the policies say.
    public private(set) var findings: [Finding] = []

    /// - Parameter sets: the policies, one after the other; each gives a verdict
    public init(_ profile: Profile, _ sets: [[Policy]], posture: Posture) {
        let postures = Postures(file: posture, network: posture, capabilities: posture)
        for workload in profile.workloads {
            var resolved = sets.map { policies in
                IndexedRules(policies.filter { $0.selects(workload) }, postures: postures)
            }
            for (question, count) in Self.questions(of: workload, in: profile) {
                let answers = resolved.indices.map { resolved[$0].decide(question.subject, question.access) }
                findings.append(
                    Finding(
                        workload: workload, access: question.words, count: count,
                        verdicts: answers.map { Self.words($0.decision, $0.set) },
                        actions: answers.map(\.decision.action)))
            }
        }
        findings.sort { ($0.workload.place, $0.access) < ($1.workload.place, $1.access) }
    }

    /// Those that the first policies deny.
    public var denied: [Finding] { findings.filter { $0.actions.first == .block } }

    /// Those that are not decided alike by all.
    public var changed: [Finding] { findings.filter { Set($0.actions).count > 1 } }

    private struct Question: Hashable {
        let subject: Subject
        let access: Access

        var words: String { "\(AccessText.words(access)) by \(subject.executable)" }
    }

    private static func questions(of workload: WorkloadIdentity, in profile: Profile) -> [Question: UInt64] {
        var questions: [Question: UInt64] = [:]
        for (observation, count) in profile.counts where observation.workload == workload && observation.hasPassed {
            for access in observation.accesses {
                questions[Question(subject: observation.subject, access: access), default: 0] += count
            }
        }
        return questions
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

    /// For `policy test`.
    public var testText: String {
        let audited = findings.count { $0.actions.first == .audit }
        return
            (denied.map { "\($0.workload.place): \($0.access) (\($0.count)): \($0.verdicts[0])" } + [
                "\(findings.count) recorded accesses: \(findings.count - audited - denied.count) allowed, "
                    + "\(audited) audited, \(denied.count) denied"
            ]).map(PrintableText.of).joined(separator: "\n")
    }

    /// For `policy diff`.
    public var differenceText: String {
        let lines = changed.flatMap { finding in
            [
                "\(finding.workload.place): \(finding.access) (\(finding.count))",
                "  \(finding.verdicts.joined(separator: " → "))",
            ]
        }
        let total =
            changed.isEmpty
            ? "none of \(findings.count) recorded accesses is decided otherwise"
            : "\(changed.count) of \(findings.count) recorded accesses are decided otherwise"
        return (lines + [total]).map(PrintableText.of).joined(separator: "\n")
    }

    /// The same as an array.
    public var differenceJSON: String {
        JSONValue.array(
            changed.map { finding in
                .object([
                    ("workload", .string(finding.workload.place)), ("access", .string(finding.access)),
                    ("count", .integer(Int64(clamping: finding.count))),
                    ("before", .string(finding.verdicts.first ?? "")), ("after", .string(finding.verdicts.last ?? "")),
                ])
            }
        ).indentedText
    }
}

/// An access in words.
enum AccessText {
    static func words(_ access: Access) -> String {
        switch access.object {
        case .path(let path):
            let isRead = access.bits == .read
            let verb = access.accessClass == .process ? "exec" : isRead ? "read" : "write"
            return ([verb, path] + (access.arguments ?? [])).joined(separator: " ")
        case .place(let path): return "rename what holds \(path)"
        case .socket(let socket): return "socket \(socket.family) \(socket.type) \(socket.protocol)"
        case .capability(let number):
            let names = CapabilityName.all
            return "capability \(Int(number) < names.count ? names[Int(number)] : String(number))"
        case .domain(let name): return "dns \(name)"
        case .preset(let preset): return "preset \(preset.name)"
        case .syscall(let name, let path): return "syscall \(name) \(path ?? "")"
        }
    }
}
