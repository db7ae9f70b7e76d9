// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy
import PolicyReports

struct PolicyRenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Shows what an enforcer is given for a workload.",
        discussion: """
            An enforcer with a language of its own, such as apparmor and selinux, is shown in it. For the others it is \
            the rules in their canonical order with their ids, which alerts of the kernel carry. The enforcer's plugin \
            has to be installed, and need not work on this machine.
            """)

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    /// Cells of one rule set that bpflsm takes (KUBEARMOR_CHUNK_CELLS without a header).
    static let cellLimit = 0x80000 - 8

    @Argument(help: "Policy files or folders.") var paths: [String]
    @Option(help: "The enforcer.") var enforcer = "bpflsm"
    @OptionGroup var plugin: EnforcerOptions
    @OptionGroup var workload: WorkloadOptions
    @Flag(help: "Take all policies, whatever workloads they select.") var all = false
    @Option(name: .shortAndLong, help: "Form of the output.") var output = Output.text

    func run() throws {
        let files = try PolicyCommand.readSound(paths)
        let set = workload.ruleSet(files.policies, all: all)
        // What these are given is the rules themselves.
        if enforcer != "bpflsm", enforcer != "noop" {
            if let text = try plugin.preview(enforcer).rendering(of: set), output == .text {
                StandardOutput.write(text)
                return
            }
        }
        let cells = enforcer == "bpflsm" ? try Automaton.compile(set, cellLimit: Self.cellLimit).cells.count : 0
        let table = RuleTable(set, cells: cells)
        print(output == .json ? table.json : table.text)
    }
}
