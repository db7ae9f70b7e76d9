// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

/// The child in which `plugins list` loads and probes one file; its parent reads the report.
struct PluginsProbeChildCommand: ParsableCommand {
    static let name = "probe-child"
    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Argument var file: String

    func run() { ChildProbe.runChild(file: file) }
}
