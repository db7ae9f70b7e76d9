// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

/// Where the sub-commands of `kubearmor plugins` get their facts from.
struct PluginsOptions: ParsableArguments {
    /// How to print.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json, yaml
    }

    @Option(name: [.customShort("o"), .long], help: "How to print.")
    var output: Output = .table

    @Option(
        name: .customLong("plugin-dir"),
        help: "Look in this directory instead of the installed one, and do not ask a daemon. Can be repeated.")
    var directories: [String] = []

    @Option(name: .customLong("run-dir"), help: "Where a running daemon keeps its status.")
    var runDirectory = "/run/kubearmor"

    /// The command that probes one file in a child: this very program.
    static let probeCommand = ["/proc/self/exe", "plugins", PluginsProbeChildCommand.name]
    static let verifyCommand = ["/proc/self/exe", "plugins", PluginsVerifyChildCommand.name]

    var searched: [String] {
        directories.isEmpty ? PluginSearchPath.directories() : directories
    }

    /// The reports of the running daemon, nil when there is none.
    var daemonReports: [PluginReport]? {
        directories.isEmpty ? PluginStatusFile.read("\(runDirectory)/\(PluginStatusFile.name)") : nil
    }

    /// The reports, and whether they are a daemon's.
    func reports() -> (reports: [PluginReport], areOfDaemon: Bool) {
        if let reports = daemonReports {
            let child = ChildProbe(command: Self.probeCommand)
            return (PluginSelection.completed(reports) { child.report(file: $0) }, true)
        }
        let probed = ChildProbe(command: Self.probeCommand).reports(directories: searched)
        return (PluginSelection.preview(probed), false)
    }
}
