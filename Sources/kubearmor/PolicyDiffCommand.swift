// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy
import PolicyReports

struct PolicyDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Says what changes for a workload from one set of policies to another.",
        discussion: """
            Prints the rules that go and come, and the accesses to what either set names that are decided otherwise. \
            The reference evaluator decides. Ends with 0 when there is no difference, with 1 when there is one.
            """)

    @Argument(help: "The policies before: a file or folder.") var before: String
    @Argument(help: "The policies after: a file or folder.") var after: String
    @OptionGroup var workload: WorkloadOptions
    @Option(name: .shortAndLong, help: "Form of the output.") var output = PolicyRenderCommand.Output.text

    func run() throws {
        let first = workload.ruleSet(try PolicyCommand.readSound([before]).policies)
        let second = workload.ruleSet(try PolicyCommand.readSound([after]).policies)
        let report = DifferenceReport(from: first, to: second)
        print(output == .json ? report.json : report.text)
        if !report.isEmpty { throw PolicyCommand.failureExit }
    }
}
