// SPDX-License-Identifier: Apache-2.0

/// What is true of a policy without being wrong: what its rules cannot hold by nature, and what only this program
/// reads.
public enum PolicyNotes {
    /// One note a kind, at the first rule that it is about.
    public static func notes(on policy: Policy) -> [PolicyDiagnostic] {
        nature(policy) + schema(policy)
    }

    // MARK: What rules about paths cannot hold

    private static func nature(_ policy: Policy) -> [PolicyDiagnostic] {
        let listsPrograms = policy.rules.contains { $0.accessClass == .process && $0.action == .allow }
        return [
            listsPrograms
                ? nil
                : note(
                    "program-by-place", policy, "blocks a program by its path", "block programs by their paths",
                    "a copy elsewhere, and an interpreter that reads the file, are other programs",
                    "where that matters, permit what is needed by Allow rules, and add the preset filelessExec"
                ) { $0.accessClass == .process && $0.action == .block },
            note(
                "file-by-place", policy, "blocks a file by its path", "block files by their paths",
                "what was open before, or copied, is not held",
                "where that matters, put the policy into force before the workload starts, and block the directory"
            ) { $0.accessClass == .file && $0.match != .native && $0.action == .block },
            note(
                "source-by-place", policy, "has a fromSource", "have a fromSource",
                "a source is the path of an executable, for process rules the parent's: what it starts by way of "
                    + "another program is not its own, nor is a copy of it",
                "add a rule without fromSource for what must hold for all"
            ) { $0.source != nil },
        ].compactMap(\.self)
    }

    // MARK: What Kubernetes would not take

    private static func schema(_ policy: Policy) -> [PolicyDiagnostic] {
        let isHost = policy.kind == .hostPolicy
        let remedy = "give such a policy as a file, or leave it out"
        func beyond(_ one: String, _ many: String, _ holds: (PolicyRule) -> Bool) -> PolicyDiagnostic? {
            note(
                "beyond-schema", policy, one, many, "the schema of Kubernetes' resource does not take that", remedy,
                holds)
        }
        return [
            beyond("has a path of more than 200 bytes", "have paths of more than 200 bytes") { rule in
                (rule.match == .path && rule.object.utf8.count > 200)
                    || (rule.source.map { $0.match == .path && $0.path.utf8.count > 200 } ?? false)
            },
            beyond("has more than 20 allowedArgs", "have more than 20 allowedArgs") {
                $0.arguments.map { $0.count > 20 } ?? false
            },
            beyond("has a dir or pattern in its fromSource", "have a dir or pattern in their fromSource") { rule in
                rule.accessClass != .syscall && rule.source.map { $0.match != .path } ?? false
            },
            beyond("has a fromSource beside a pattern", "have a fromSource beside a pattern") {
                $0.match == .pattern && $0.source?.match == .path
            },
            beyond("is a preset for a host", "are presets for a host") { isHost && $0.accessClass == .preset },
            beyond("has no fromSource, for a host", "have no fromSource, for a host") {
                isHost && $0.source == nil && [.network, .capability].contains($0.accessClass)
            },
        ].compactMap(\.self)
    }

    private static func note(
        _ code: String, _ policy: Policy, _ one: String, _ many: String, _ message: String, _ remedy: String,
        _ holds: (PolicyRule) -> Bool
    ) -> PolicyDiagnostic? {
        let rules = policy.rules.filter(holds)
        guard let first = rules.first else { return nil }
        let subject = rules.count == 1 ? "the rule \(one)" : "\(rules.count) rules \(many)"
        return PolicyDiagnostic(
            severity: .note, code: code, location: first.location, field: "", message: "\(subject): \(message)",
            remedy: remedy)
    }
}
