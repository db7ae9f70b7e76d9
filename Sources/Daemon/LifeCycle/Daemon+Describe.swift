// SPDX-License-Identifier: Apache-2.0
import Events
import JSON
import Plugins

extension Daemon {
    /// What feeders may ask about, as JSON; nil for a word that is none of them.
    func describe(_ what: String) -> String? {
        switch what {
        case "plugins": PluginReport.json(registry.reports())
        case "workloads": nodeStatus().workloadsJSON
        case "metrics": metrics().text
        default: nil
        }
    }

    /// What is counted, and what there is of workloads.
    private func metrics() -> JSONValue {
        let status = nodeStatus()
        func list(_ plugins: [(name: String, numbers: EventStage.Numbers)]) -> JSONValue {
            .array(
                plugins.map { plugin in
                    .object([
                        ("name", .string(plugin.name)),
                        ("statistics", .object(plugin.numbers.map { ($0.name, .integer(Int64(clamping: $0.value))) })),
                    ])
                })
        }
        return .object(
            status.members.filter { $0.key != "workloads" } + [
                ("version", .string(events.version)),
                ("containers", .integer(Int64(status.workloads.count { !$0.isHost && !$0.isPrepared }))),
                ("rules", .integer(Int64(status.workloads.reduce(0) { $0 + $1.ruleCount }))),
                ("feederStatistics", list(events.feederStatistics())),
                ("sourceStatistics", list(sources.statistics())),
                (
                    "pluginMetrics",
                    .object(bridge.metrics().sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
                ),
            ])
    }
}
