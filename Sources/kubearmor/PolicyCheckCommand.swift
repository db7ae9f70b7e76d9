// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy
import PolicyReports

struct PolicyCheckCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads policy files and says what is wrong in them.",
        discussion: """
            Every finding names file, line, column, the field and what to write instead. Each workload's rules are \
            compiled too, as the daemon would. Ends with 1 when there are errors, with --strict also for warnings.
            """)

    @Argument(help: "Files, or folders with all .yaml, .yml and .json files below.") var paths: [String]
    @Option(name: .shortAndLong, help: "Form of the output.") var output = Output.text
    @Flag(help: "Warnings are failures too.") var strict = false

    func run() throws {
        let files = try PolicyCommand.read(paths)
        let report = FindingsReport(
            files: files.entries.map { entry in
                FindingsReport.File(
                    name: entry.name, policies: entry.file.policies.count,
                    rules: entry.file.policies.reduce(0) { $0 + $1.rules.count },
                    findings: entry.file.diagnostics + entry.file.policies.compactMap(compileFinding))
            })
        switch output {
        case .text: print(report.text)
        case .json: print(report.json)
        case .sarif: print(report.sarif(version: ProgramVersion.text))
        }
        if report.errorCount > 0 || (strict && report.warningCount > 0) { throw PolicyCommand.failureExit }
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
