// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import JSON
internal import PluginKit

/// All that `/metrics` says.
struct NodeMetrics {
    let counts: RecordCounters.Counts
    let subscribers: Int
    let lostEvents: UInt64
    /// What the daemon says of itself; nil while it starts.
    let node: JSONValue?
    let plugins: JSONValue?

    var text: String {
        var output = MetricsText()
        appendDaemon(to: &output)
        appendRecords(to: &output)
        if let node {
            appendStages(of: node, to: &output)
            appendStatistics(of: "feeder", node, to: &output)
            appendStatistics(of: "source", node, to: &output)
            appendEnforcer(of: node, to: &output)
        }
        if let plugins { appendPlugins(plugins, to: &output) }
        return output.finished
    }

    private func appendDaemon(to output: inout MetricsText) {
        func text(_ key: String) -> String { node?[key]?.string ?? "" }
        output.begin("kubearmor", .info, "The daemon.")
        output.sample(
            [
                "version": text("version"), "host": text("hostName"), "kernel": text("kernel"),
                "enforcer": text("enforcer"),
            ], 1)
        output.begin("kubearmor_ready", .gauge, "Whether policies are in force and events are taken.")
        output.sample(node == nil ? 0 : 1)
        output.begin("kubearmor_resident_memory_bytes", .gauge, unit: "bytes", "Memory of the daemon's process.")
        output.sample(Int64(clamping: kubearmor_resident_bytes()))
        guard let node else { return }
        output.begin("kubearmor_containers", .gauge, "Containers that are known and run.")
        output.sample(node["containers"]?.integer ?? 0)
        output.begin("kubearmor_rules", .gauge, "Rules in force, over all workloads.")
        output.sample(node["rules"]?.integer ?? 0)
    }

    private func appendRecords(to output: inout MetricsText) {
        output.begin("kubearmor_records", .counter, "Alerts, logs and messages that have reached this feeder.")
        output.sample(["kind": "alert"], Int64(clamping: counts.alerts))
        output.sample(["kind": "log"], Int64(clamping: counts.logs))
        output.sample(["kind": "message"], Int64(clamping: counts.messages))
        output.begin("kubearmor_alerts", .counter, "Alerts by policy; empty names stand for policies beyond the limit.")
        for (series, count) in counts.series.sorted(by: { $0.key < $1.key }) {
            output.sample(
                ["policy": series.policy, "namespace": series.namespace, "action": series.action],
                Int64(clamping: count))
        }
        output.begin("kubearmor_http_subscribers", .gauge, "Clients that listen to live events.")
        output.sample(Int64(subscribers))
        output.begin("kubearmor_http_lost_events", .counter, "Live events that a client was too slow for.")
        output.sample(Int64(clamping: lostEvents))
    }

    /// What a stage of the road delivers is what the next one takes: taken = delivered + waiting + what was dropped.
    private func appendStages(of node: JSONValue, to output: inout MetricsText) {
        let stages = node["events"]?.elements ?? []
        func each(_ key: String) -> [(stage: String, name: String, value: JSONValue?)] {
            stages.map { ($0["stage"]?.string ?? "", $0["name"]?.string ?? "", $0[key]) }
        }
        output.begin("kubearmor_stage_taken", .counter, "Events and records that came to a stage.")
        for (stage, name, value) in each("taken") {
            output.sample(["stage": stage, "name": name], value?.integer ?? 0)
        }
        output.begin("kubearmor_stage_delivered", .counter, "Events and records that went on from a stage.")
        for (stage, name, value) in each("delivered") {
            output.sample(["stage": stage, "name": name], value?.integer ?? 0)
        }
        output.begin("kubearmor_stage_waiting", .gauge, "Events and records that wait in a stage.")
        for (stage, name, value) in each("waiting") {
            output.sample(["stage": stage, "name": name], value?.integer ?? 0)
        }
        output.begin("kubearmor_stage_dropped", .counter, "Events and records that were lost in a stage, by reason.")
        for (stage, name, value) in each("dropped") {
            for (reason, count) in value?.integers ?? [] {
                output.sample(["stage": stage, "name": name, "reason": reason], count)
            }
        }
    }

    private func appendStatistics(of kind: String, _ node: JSONValue, to output: inout MetricsText) {
        output.begin("kubearmor_\(kind)_statistic", .unknown, "What a \(kind) counts itself.")
        for plugin in node["\(kind)Statistics"]?.elements ?? [] {
            let name = plugin["name"]?.string ?? ""
            for (statistic, value) in plugin["statistics"]?.integers ?? [] {
                output.sample([kind: name, "name": statistic], value)
            }
        }
    }

    private func appendEnforcer(of node: JSONValue, to output: inout MetricsText) {
        let statistics = node["statistics"]?.integers ?? []
        output.begin("kubearmor_kernel_memory_bytes", .gauge, unit: "bytes", "Kernel memory of the enforcer, by part.")
        for (name, value) in statistics where name.hasPrefix("memory.") {
            output.sample(["part": String(name.dropFirst(7))], value)
        }
        output.begin("kubearmor_enforcer_statistic", .unknown, "What the enforcer counts.")
        for (name, value) in statistics where !name.hasPrefix("memory.") { output.sample(["name": name], value) }
        output.begin("kubearmor_plugin_metric", .unknown, "What plugins have set.")
        for (name, value) in node["pluginMetrics"]?.integers ?? [] { output.sample(["name": name], value) }
    }

    private func appendPlugins(_ plugins: JSONValue, to output: inout MetricsText) {
        // Two files of one name, or two that are no plugins, would be one sample twice: the one in use counts.
        var seen: Set<String> = []
        let isActive = { (plugin: JSONValue) in plugin["status"]?.string == "active" }
        let ordered = plugins.elements.filter(isActive) + plugins.elements.filter { !isActive($0) }
        let known = ordered.filter { plugin in
            seen.insert("\(plugin["kind"]?.string ?? "")/\(plugin["name"]?.string ?? "")").inserted
        }
        output.begin("kubearmor_plugin_active", .gauge, "Whether a plugin is in use; status says what it is else.")
        for plugin in known {
            let status = plugin["status"]?.string ?? ""
            output.sample(
                [
                    "kind": plugin["kind"]?.string ?? "", "name": plugin["name"]?.string ?? "", "status": status,
                    "mode": plugin["mode"]?.string ?? "",
                ], isActive(plugin) ? 1 : 0)
        }
        output.begin("kubearmor_plugin_calls", .counter, "Calls into a plugin's entries, by outcome.")
        for plugin in known {
            let (kind, name) = (plugin["kind"]?.string ?? "", plugin["name"]?.string ?? "")
            for call in plugin["calls"]?.elements ?? [] {
                let entry = call["entry"]?.string ?? ""
                for outcome in ["calls", "errors", "late"] {
                    output.sample(
                        ["kind": kind, "name": name, "entry": entry, "outcome": outcome], call[outcome]?.integer ?? 0)
                }
            }
        }
    }
}
