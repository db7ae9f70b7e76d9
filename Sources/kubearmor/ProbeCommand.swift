// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Prints what the daemon does on this node: enforcer, memory, decisions.",
        discussion: "Ends with 3 when no daemon runs. The numbers are those of the last second.")

    @OptionGroup var options: StatusOptions

    func run() throws {
        let status = try options.status()
        print(options.output == .json ? status.json : status.text)
    }
}
