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
        let total = events.pipeline.account()
        return .object(
            status.members.filter { $0.key != "workloads" } + [
                ("version", .string(events.version)),
                ("containers", .integer(Int64(status.workloads.count { !$0.isHost && !$0.isPrepared }))),
                ("rules", .integer(Int64(status.workloads.reduce(0) { $0 + $1.ruleCount }))),
                (
                    "events",
                    Self.object([
                        ("accepted", total.events), ("unwanted", total.unwanted),
                        ("unknown_workload", total.unknownWorkload), ("malformed", total.malformed),
                        ("records", total.records),
                    ])
                ),
                ("feederAccounts", .array(events.feederAccounts().map(Self.account))),
                (
                    "pluginMetrics",
                    .object(bridge.metrics().sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
                ),
            ])
    }

    private static func account(_ feeder: EventChain.Feeder) -> JSONValue {
        // What a feeder refused is counted once: by its own reasons, if it has any.
        let hasReasons = feeder.statistics.contains { $0.name.hasPrefix("dropped.") }
        let reasons = DropReason.allCases.filter { !hasReasons || $0 != .feederRefused }
        return .object([
            ("name", .string(feeder.name)), ("offered", number(feeder.account.offered)),
            ("delivered", number(feeder.account.delivered)), ("waiting", number(feeder.account.waiting)),
            ("dropped", object(reasons.map { ($0.rawValue, feeder.account.dropped[$0] ?? 0) })),
            ("statistics", object(feeder.statistics)),
        ])
    }

    private static func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }

    private static func object(_ members: [(name: String, value: UInt64)]) -> JSONValue {
        .object(members.map { ($0.name, number($0.value)) })
    }
}
