// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import JSON
internal import PluginKit

/// The metrics of a moment as a request of OTLP in JSON. What is counted is counted since `start`.
struct MetricsEncoder {
    private let start: String
    private let now: String
    private var metrics: [JSONValue] = []

    private typealias Point = (attributes: [(String, String)], value: Int64)

    /// - Parameters:
    ///   - start: when counting began, nanoseconds since 1970
    ///   - node: what the daemon says of itself; nil while it starts
    init(start: UInt64, now: UInt64, counts: RecordCounters.Counts, node: JSONValue?) {
        (self.start, self.now) = (String(start), String(now))
        sum(
            "kubearmor.records", "Alerts, logs and messages that have reached this feeder.",
            [("alert", counts.alerts), ("log", counts.logs), ("message", counts.messages)].map {
                ([("kind", $0.0)], Int64(clamping: $0.1))
            })
        sum(
            "kubearmor.alerts", "Alerts by policy.",
            counts.series.sorted { $0.key < $1.key }.map { series, count in
                (
                    [
                        ("kubearmor.policy.name", series.policy), ("k8s.namespace.name", series.namespace),
                        ("kubearmor.action", series.action),
                    ], Int64(clamping: count)
                )
            })
        gauge(
            "process.memory.usage", "By", "Memory of the daemon's process.",
            [([], Int64(clamping: kubearmor_resident_bytes()))])
        if let node { append(node) }
    }

    /// The request.
    func body(resource: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append("{\"resourceMetrics\":[{\"resource\":")
        bytes += resource
        bytes.append(",\"scopeMetrics\":[{\"scope\":{\"name\":\"kubearmor\"},\"metrics\":")
        bytes += Array(JSONValue.array(metrics).text.utf8)
        bytes.append("}]}]}")
        return bytes
    }

    private mutating func append(_ node: JSONValue) {
        // What a stage of the road delivers is what the next one takes.
        let stages = node["events"]?.elements ?? []
        func points(_ key: String) -> [Point] { stages.map { (Self.place($0), $0[key]?.integer ?? 0) } }
        sum("kubearmor.stage.taken", "Events and records that came to a stage.", points("taken"))
        sum("kubearmor.stage.delivered", "Events and records that went on from a stage.", points("delivered"))
        gauge("kubearmor.stage.waiting", "1", "Events and records that wait in a stage.", points("waiting"))
        sum(
            "kubearmor.stage.dropped", "Events and records that were lost in a stage, by reason.",
            stages.flatMap { stage in
                (stage["dropped"]?.integers ?? []).map { (Self.place(stage) + [("reason", $0.0)], $0.1) }
            })
        let statistics = node["statistics"]?.integers ?? []
        gauge(
            "kubearmor.kernel.memory", "By", "Kernel memory of the enforcer, by part.",
            statistics.filter { $0.0.hasPrefix("memory.") }.map { ([("part", String($0.0.dropFirst(7)))], $0.1) })
        gauge(
            "kubearmor.enforcer.statistic", "1", "What the enforcer counts.",
            statistics.filter { !$0.0.hasPrefix("memory.") }.map { ([("name", $0.0)], $0.1) })
        gauge(
            "kubearmor.containers", "{container}", "Containers that are known and run.",
            [([], node["containers"]?.integer ?? 0)])
        gauge("kubearmor.rules", "{rule}", "Rules in force.", [([], node["rules"]?.integer ?? 0)])
    }

    private static func place(_ stage: JSONValue) -> [(String, String)] {
        [("stage", stage["stage"]?.string ?? ""), ("name", stage["name"]?.string ?? "")]
    }

    private mutating func sum(_ name: String, _ description: String, _ points: [Point]) {
        guard !points.isEmpty else { return }
        metrics.append(
            .object([
                ("name", .string(name)), ("description", .string(description)), ("unit", .string("1")),
                (
                    "sum",
                    .object([
                        ("dataPoints", dataPoints(points, isCounted: true)), ("aggregationTemporality", .integer(2)),
                        ("isMonotonic", .bool(true)),
                    ])
                ),
            ]))
    }

    private mutating func gauge(_ name: String, _ unit: String, _ description: String, _ points: [Point]) {
        guard !points.isEmpty else { return }
        metrics.append(
            .object([
                ("name", .string(name)), ("description", .string(description)), ("unit", .string(unit)),
                ("gauge", .object([("dataPoints", dataPoints(points, isCounted: false))])),
            ]))
    }

    private func dataPoints(_ points: [Point], isCounted: Bool) -> JSONValue {
        .array(
            points.map { point in
                let attributes = point.attributes.map { key, value in
                    JSONValue.object([
                        ("key", .string(key)), ("value", .object([("stringValue", .string(value))])),
                    ])
                }
                return .object(
                    [("attributes", .array(attributes))]
                        + (isCounted ? [("startTimeUnixNano", .string(start))] : [])
                        + [("timeUnixNano", .string(now)), ("asInt", .string(String(point.value)))])
            })
    }
}
