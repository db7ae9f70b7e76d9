// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// What workloads did: equal observations are one with a count.
public struct Profile: Sendable {
    /// What people see of observations that differ in nothing else.
    private struct Row: Hashable {
        let workload: String
        let operation: String
        let process: String
        let resource: String
        let result: String
    }

    /// Memory stays bounded, whatever a workload does.
    public static let limit = 200_000

    public private(set) var counts: [Observation: UInt64] = [:]
    /// Observations that are new and for which there was no room.
    public private(set) var beyond: UInt64 = 0

    public init() {}

    public mutating func add(_ observation: Observation) {
        if counts.count >= Self.limit, counts[observation] == nil {
            beyond += 1
        } else {
            counts[observation, default: 0] += 1
        }
    }

    /// The workloads that did something, in the order of their names.
    public var workloads: [WorkloadIdentity] {
        Set(counts.keys.map(\.workload)).sorted { ($0.isHost ? 0 : 1, $0.place) < ($1.isHost ? 0 : 1, $1.place) }
    }

    private var rows: [(row: Row, count: UInt64)] {
        var sums: [Row: UInt64] = [:]
        for (observation, count) in counts {
            let row = Row(
                workload: observation.workload.place, operation: observation.operation, process: observation.process,
                resource: observation.resource, result: observation.result)
            sums[row, default: 0] += count
        }
        return sums.sorted { left, right in
            let (first, second) = (left.key, right.key)
            if first.workload != second.workload { return first.workload < second.workload }
            if first.operation != second.operation { return first.operation < second.operation }
            if first.process != second.process { return first.process < second.process }
            if left.value != right.value { return left.value > right.value }
            return (first.resource, first.result) < (second.resource, second.result)
        }.map { ($0.key, $0.value) }
    }

    /// A row a group under a head.
    public var table: String {
        let head = ["COUNT", "WORKLOAD", "OPERATION", "PROCESS", "RESOURCE", "RESULT"]
        let cells = rows.map { row, count in
            [String(count), row.workload, row.operation, row.process, row.resource, row.result]
        }
        return ColumnText.lines([head] + cells).joined(separator: "\n")
    }

    /// Workloads, operations and processes as titles, the resources with their counts below.
    public var text: String {
        var lines: [String] = []
        var last: Row?
        for (row, count) in rows {
            if row.workload != last?.workload { lines.append("\(PrintableText.of(row.workload)):") }
            if row.workload != last?.workload || row.operation != last?.operation || row.process != last?.process {
                lines.append("  \(row.operation) by \(PrintableText.of(row.process.isEmpty ? "?" : row.process))")
            }
            let result = row.result == "Passed" ? "" : "  (\(PrintableText.of(row.result)))"
            let number = String(count)
            let indent = String(repeating: " ", count: max(0, 9 - number.count))
            lines.append("\(indent)\(number)  \(PrintableText.of(row.resource))\(result)")
            last = row
        }
        if beyond > 0 { lines.append("and \(beyond) others, for which there was no room") }
        return lines.isEmpty ? "nothing was seen" : lines.joined(separator: "\n")
    }

    /// An object a group.
    public var json: String {
        JSONValue.array(
            rows.map { row, count in
                .object([
                    ("workload", .string(row.workload)), ("operation", .string(row.operation)),
                    ("process", .string(row.process)), ("resource", .string(row.resource)),
                    ("result", .string(row.result)), ("count", .integer(Int64(clamping: count))),
                ])
            }
        ).indentedText
    }
}

extension WorkloadIdentity {
    /// `host NAME`, or `namespace/pod/container`.
    public var place: String {
        if isHost { return "host \(name)" }
        return [namespace, name, containerName == name ? "" : containerName].filter { !$0.isEmpty }
            .joined(separator: "/")
    }
}
