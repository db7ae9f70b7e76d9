// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The program: its sub-commands do everything.
struct KubeArmorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubearmor",
        abstract: "Turns policies into decisions of the kernel, and what it decides into alerts.",
        version: ProgramVersion.text,
        subcommands: [
            DaemonCommand.self, HookCommand.self, LogsCommand.self, PluginsCommand.self, PolicyCommand.self,
            ProbeCommand.self, ProfileCommand.self, RecordCommand.self, RuntimeCommand.self, TopCommand.self,
            WorkloadsCommand.self, VersionCommand.self,
        ])
}
