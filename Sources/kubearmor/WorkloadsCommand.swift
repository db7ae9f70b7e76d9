// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon

struct WorkloadsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workloads", abstract: "Prints who is under which policies.",
        subcommands: [WorkloadsListCommand.self], defaultSubcommand: WorkloadsListCommand.self)
}

struct WorkloadsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Prints the host and the containers, and what is in force for each.",
        discussion: "Ends with 3 when no daemon runs.")

    @OptionGroup var options: StatusOptions

    func run() throws {
        let status = try options.status()
        print(options.output == .json ? status.workloadsJSON : status.workloadsText)
    }
}
