// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Plugins
import Policy

/// The enforcer that a question is about. Its plugin has to be installed; it need not work on this machine.
struct EnforcerOptions: ParsableArguments {
    @Option(
        name: .customLong("plugin-dir"),
        help: "Look for the enforcer's plugin in this directory instead of the installed one. Can be repeated.")
    var directories: [String] = []

    /// - Throws: exit status 3, with a line that says why, when there is no such plugin
    func preview(_ name: String) throws -> EnforcerPreview {
        let registry = PluginRegistry(
            directories: directories.isEmpty ? PluginSearchPath.directories() : directories, services: SilentServices())
        _ = registry.scan()
        do throws(PluginError) {
            return try registry.previewEnforcer(name)
        } catch {
            StandardError.write("kubearmor: \(error)")
            throw PolicyCommand.unreadableExit
        }
    }
}

extension EnforcerPreview {
    /// How each rule of the set would be held; nil for a plugin that cannot say.
    func holdings(of set: RuleSet) throws -> [RuleHolding]? {
        try RuleSetImage(set, automaton: []).withRuleSet { try holdings(of: $0) }
    }

    /// What would be loaded for the set; nil for a plugin whose form is the rules themselves.
    func rendering(of set: RuleSet) throws -> [UInt8]? {
        try RuleSetImage(set, automaton: []).withRuleSet { try rendering(of: $0) }
    }
}
