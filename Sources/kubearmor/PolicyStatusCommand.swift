// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Plugins

struct PolicyStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says how the running daemon's enforcer holds each rule.",
        discussion: """
            A rule is enforced, enforced stricter, audited only or unsupported; what is not enforced as it is written \
            is listed with the reason, and so is what rules do not reach, such as processes that have to be restarted. \
            Ends with 3 when no daemon runs, with --strict with 1 when a rule is not enforced as it is written.
            """)

    @OptionGroup var options: StatusOptions
    @Flag(name: .shortAndLong, help: "List the rules that are enforced as they are written, too.") var all = false
    @Flag(help: "Rules that are not enforced as they are written are a failure.") var strict = false

    func run() throws {
        guard let status = PolicyStatus.read(runDirectory: options.runDirectory) else { throw options.noDaemon() }
        print(options.output == .json ? status.json : status.text(isComplete: all))
        if strict, status.rules.contains(where: { $0.holding.hold != .enforced }) { throw PolicyCommand.failureExit }
    }
}
