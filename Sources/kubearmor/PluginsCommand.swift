// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `kubearmor plugins`: what became of each plugin's file.
struct PluginsCommand: ParsableCommand {
    static let exitCodes = """
        EXIT CODES:
          0   no plugin is in error (list, info), or the plugin is sound (verify)
          1   a plugin is in error
          3   there is no plugin of that name, or no such file
          4   verify found a fault
          2   the command line cannot be understood
        """

    static let configuration = CommandConfiguration(
        commandName: "plugins",
        abstract: "Lists, describes and verifies plugins.",
        discussion: """
            With a running daemon the table shows the daemon's own plugins. Without one, each plugin is probed in a \
            process of its own, and "active" is what a daemon started now would use.

            \(exitCodes)
            """,
        subcommands: [
            PluginsListCommand.self, PluginsInfoCommand.self, PluginsVerifyCommand.self, PluginsProbeChildCommand.self,
            PluginsVerifyChildCommand.self,
        ],
        defaultSubcommand: PluginsListCommand.self)

    static let errorExit = ExitCode(1)
    static let unknownExit = ExitCode(3)
    static let faultExit = ExitCode(4)
}
