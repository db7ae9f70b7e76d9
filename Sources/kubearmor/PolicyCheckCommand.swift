// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins
import Policy
import PolicyReports

struct PolicyCheckCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads policy files and says what is wrong in them.",
        discussion: """
            Every finding names file, line, column, the field and what to write instead. Each workload's rules are \
            compiled too, as the daemon would. With --enforcer, rules that it cannot hold as they are written are \
            warnings. Ends with 1 when there are errors, with --strict also for warnings.
            """)

    @Argument(help: "Files, or folders with all .yaml, .yml and .json files below.") var paths: [String]
    @Option(name: .shortAndLong, help: "Form of the output.") var output = Output.text
    @Option(help: "Say in advance how this enforcer holds each rule.") var enforcer: String?
    @Option(help: "The posture of allow lists that --enforcer assumes: audit, block or allow.") var posture = "audit"
    @OptionGroup var plugin: EnforcerOptions
    @Flag(inversion: .prefixedNo, help: "Say what rules cannot hold by nature, and what Kubernetes would not take.")
    var notes = true
    @Flag(help: "Warnings are failures too.") var strict = false

    func validate() throws {
        guard Posture(posture) != nil else { throw ValidationError("--posture is audit, block or allow") }
    }

    func run() throws {
        let files = try PolicyCommand.read(paths)
        let preview = try enforcer.map(plugin.preview)
        let report = FindingsReport(files: try files.entries.map { try findings(in: $0, preview) })
        switch output {
        case .text: print(report.text)
        case .json: print(report.json)
        case .sarif: print(report.sarif(version: ProgramVersion.text))
        }
        if report.errorCount > 0 || (strict && report.warningCount > 0) { throw PolicyCommand.failureExit }
    }

    private func findings(in entry: PolicyFiles.Entry, _ preview: EnforcerPreview?) throws -> FindingsReport.File {
        let policies = entry.file.policies
        let unheld = try policies.flatMap { try unheldRules(of: $0, by: preview) }
        return FindingsReport.File(
            name: entry.name, policies: policies.count, rules: policies.reduce(0) { $0 + $1.rules.count },
            findings: entry.file.diagnostics + policies.compactMap(compileFinding) + unheld
                + (notes ? policies.flatMap(PolicyNotes.notes) : []))
    }

    /// The rules that the enforcer cannot hold as they are written; none when no enforcer is asked about.
    private func unheldRules(of policy: Policy, by preview: EnforcerPreview?) throws -> [PolicyDiagnostic] {
        guard let preview else { return [] }
        let postures = Posture(posture).map { Postures(file: $0, network: $0, capabilities: $0) } ?? Postures()
        let set = RuleSet.resolve(policies: [policy], postures: postures)
        guard let holdings = try preview.holdings(of: set) else {
            throw ValidationError("the enforcer \(preview.name) cannot say how it holds rules")
        }
        return zip(set.rules, holdings).filter { $0.1.hold != .enforced }.map { rule, holding in
            PolicyDiagnostic(
                severity: .warning, code: holding.hold.code, location: rule.location, field: rule.words,
                message: "\(holding.hold.name) under \(preview.name): \(holding.reason)", remedy: holding.hold.remedy)
        }
    }

    /// What is too much for the compiler, if anything.
    private func compileFinding(_ policy: Policy) -> PolicyDiagnostic? {
        let set = RuleSet.resolve(policies: [policy], postures: Postures())
        do throws(AutomatonError) {
            _ = try Automaton.compile(set, cellLimit: PolicyRenderCommand.cellLimit)
            return nil
        } catch {
            return PolicyDiagnostic(
                severity: .error, code: "too-complex", location: policy.location, field: "", message: "\(error)",
                remedy: "split the policy or use simpler patterns")
        }
    }
}

extension RuleHolding.Hold {
    /// The finding's code, which never changes.
    fileprivate var code: String {
        switch self {
        case .enforced: "enforced"
        case .stricter: "enforced-stricter"
        case .audited: "audited-only"
        case .unsupported: "unsupported-by-enforcer"
        }
    }

    fileprivate var remedy: String {
        self == .stricter
            ? "make sure that what it denies besides is not needed" : "write it otherwise, or use another enforcer"
    }
}
