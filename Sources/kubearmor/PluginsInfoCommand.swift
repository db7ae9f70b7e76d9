// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

struct PluginsInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Prints everything that is known about a plugin.",
        discussion: PluginsCommand.exitCodes)

    @Argument(help: "The plugin's name (bpflsm), its kind and name (enforcer/bpflsm), or its file.")
    var name: String

    @OptionGroup var options: PluginsOptions

    func run() throws {
        let found = options.reports().reports.filter { report in
            name == report.name || name == "\(report.kind?.name ?? "")/\(report.name)" || name == report.file
        }
        guard !found.isEmpty else {
            StandardError.write("there is no plugin \(name): kubearmor plugins list shows those found")
            throw PluginsCommand.unknownExit
        }
        switch options.output {
        case .json: print(PluginReport.json(found))
        case .yaml: print(PluginReport.yaml(found))
        case .table: print(found.map(\.details).joined(separator: "\n\n"))
        }
        if found.contains(where: { $0.status == .error }) { throw PluginsCommand.errorExit }
    }
}
