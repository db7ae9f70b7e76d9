// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

/// The child in which `plugins verify` makes its calls; its parent reads what was found.
struct PluginsVerifyChildCommand: ParsableCommand {
    static let name = "verify-child"
    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Argument var file: String
    @Argument var first: Int
    @Argument var mode: String

    func run() { PluginVerifier.runChild(file: file, from: first, isOpening: mode == "open") }
}
