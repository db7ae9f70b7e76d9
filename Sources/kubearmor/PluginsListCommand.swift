// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

struct PluginsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Prints the status of every plugin found.",
        discussion: """
            STATUS is active (in use), ready (usable, not in use), skipped (of no use on this node) or error (refused \
            or failed); CODE is a stable word for the reason.

            \(PluginsCommand.exitCodes)
            """)

    @OptionGroup var options: PluginsOptions

    func run() throws {
        let (reports, areOfDaemon) = options.reports()
        switch options.output {
        case .json: print(PluginReport.json(reports))
        case .yaml: print(PluginReport.yaml(reports))
        case .table:
            if reports.isEmpty {
                print("no plugins in \(options.searched.joined(separator: ", "))")
            } else {
                print(PluginReport.table(reports))
                if !areOfDaemon { print(note(on: reports)) }
            }
        }
        if reports.contains(where: { $0.status == .error }) { throw PluginsCommand.errorExit }
    }

    private func note(on reports: [PluginReport]) -> String {
        let enforcer = reports.first { $0.kind == .enforcer && $0.status == .active }?.name
        let text = "\n(no daemon is running: active means that a daemon started now would use it"
        switch enforcer {
        case nil: return text + "; none of the enforcers can be used)"
        case PluginRegistry.lastResort: return text + "; with \(PluginRegistry.lastResort) nothing is blocked)"
        default: return text + ")"
        }
    }
}
