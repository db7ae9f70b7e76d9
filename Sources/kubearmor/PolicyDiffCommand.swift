// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews
import Policy
import PolicyReports

struct PolicyDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Says what changes for a workload from one set of policies to another.",
        discussion: """
            Prints the rules that go and come, and the accesses to what either set names that are decided otherwise. \
            The reference evaluator decides. With --against it is the accesses of a recording that are asked about, \
            for each workload that made them. Ends with 0 when there is no difference, with 1 when there is one.
            """)

    @Argument(help: "The policies before: a file or folder.") var before: String
    @Argument(help: "The policies after: a file or folder.") var after: String
    @Option(
        help: ArgumentHelp("Ask about what a file of alerts and logs, or a recording, tells.", valueName: "recording"))
    var against: String?
    @OptionGroup var workload: WorkloadOptions
    @Option(name: .shortAndLong, help: "Form of the output.") var output = PolicyRenderCommand.Output.text

    func run() throws {
        if let against { return try replay(against) }
        let first = workload.ruleSet(try PolicyCommand.readSound([before]).policies)
        let second = workload.ruleSet(try PolicyCommand.readSound([after]).policies)
        let report = DifferenceReport(from: first, to: second)
        print(output == .json ? report.json : report.text)
        if !report.isEmpty { throw PolicyCommand.failureExit }
    }

    private func replay(_ recording: String) throws {
        let sets = [
            try PolicyCommand.readSound([before]).policies, try PolicyCommand.readSound([after]).policies,
        ]
        let replay = Replay(
            try RecordedProfile.read(recording, unreadable: PolicyCommand.unreadableExit), sets,
            posture: Posture(workload.posture) ?? .audit)
        print(output == .json ? replay.differenceJSON : replay.differenceText)
        if !replay.changed.isEmpty { throw PolicyCommand.failureExit }
    }
}
