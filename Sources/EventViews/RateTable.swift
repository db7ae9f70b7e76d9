// SPDX-License-Identifier: Apache-2.0
import JSON

/// How often workloads and rules are told of, in one interval and since the start.
public struct RateTable: Sendable {
    /// By what rows are ordered.
    public enum Order: String, Sendable, CaseIterable { case rate, total, name }

    /// Counts of one interval, and of all.
    private struct Counts {
        var now: UInt64 = 0
        var total: UInt64 = 0

        mutating func add() {
            now += 1
            total += 1
        }
    }

    private struct WorkloadRow {
        var alerts = Counts()
        var blocked = Counts()
        var logs = Counts()
        /// Policies' rules in force for it, as the daemon's status says; nil when it says nothing.
        var rules: Int?

        var now: UInt64 { alerts.now + logs.now }
        var total: UInt64 { alerts.total + logs.total }
    }

    private struct Rule: Hashable {
        let policy: String
        let operation: String
        let action: String
        let workload: String
    }

    /// More workloads or rules than these are counted together.
    private static let limit = 5000
    private static let rest = "(others)"

    private var workloads: [String: WorkloadRow] = [:]
    private var rules: [Rule: Counts] = [:]

    public init() {}

    public mutating func add(_ line: EventLine) {
        guard line.kind == .alert || line.kind == .log else { return }
        var name = line.workloadName
        if workloads[name] == nil, workloads.count >= Self.limit { name = Self.rest }
        if line.kind == .log {
            workloads[name, default: WorkloadRow()].logs.add()
            return
        }
        workloads[name, default: WorkloadRow()].alerts.add()
        if line["Action"] == "Block" { workloads[name, default: WorkloadRow()].blocked.add() }
        var rule = Rule(
            policy: line["PolicyName"], operation: line["Operation"], action: line["Action"], workload: name)
        if rules[rule] == nil, rules.count >= Self.limit {
            rule = Rule(policy: Self.rest, operation: "", action: "", workload: "")
        }
        rules[rule, default: Counts()].add()
    }

    /// Tells of a workload, also of one that does nothing.
    public mutating func know(_ workload: String, rules: Int) {
        workloads[workload, default: WorkloadRow()].rules = rules
    }

    /// Begins a new interval.
    public mutating func restart() {
        for key in workloads.keys {
            workloads[key]?.alerts.now = 0
            workloads[key]?.blocked.now = 0
            workloads[key]?.logs.now = 0
        }
        for key in rules.keys { rules[key]?.now = 0 }
    }

    private func sortedWorkloads(_ order: Order) -> [(key: String, value: WorkloadRow)] {
        workloads.sorted { left, right in
            switch order {
            case .rate where left.value.now != right.value.now: left.value.now > right.value.now
            case .total where left.value.total != right.value.total: left.value.total > right.value.total
            default: left.key < right.key
            }
        }
    }

    private func sortedRules(_ order: Order) -> [(key: Rule, value: Counts)] {
        rules.sorted { left, right in
            switch order {
            case .rate where left.value.now != right.value.now: left.value.now > right.value.now
            case .total where left.value.total != right.value.total: left.value.total > right.value.total
            default: (left.key.policy, left.key.workload) < (right.key.policy, right.key.workload)
            }
        }
    }

    /// `12.5`: so many in a second.
    private static func rate(_ count: UInt64, _ seconds: Double) -> String {
        let tenths = UInt64((Double(count) * 10 / max(seconds, 0.001)).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Two tables, workloads before rules.
    ///
    /// - Parameters:
    ///   - seconds: how long the interval was
    ///   - rows: lines at most, the workloads' table gets two thirds of them; nil for all
    public func lines(seconds: Double, order: Order, rows: Int? = nil) -> [String] {
        let workloadRows = sortedWorkloads(order).map { name, row in
            [
                name, row.rules.map(String.init) ?? "", Self.rate(row.alerts.now, seconds),
                Self.rate(row.blocked.now, seconds), Self.rate(row.logs.now, seconds), String(row.alerts.total),
                String(row.logs.total),
            ]
        }
        let ruleRows = sortedRules(order).map { rule, counts in
            [
                rule.policy, rule.operation, rule.action, rule.workload, Self.rate(counts.now, seconds),
                String(counts.total),
            ]
        }
        let room = rows.map { max(2, $0 - 3) } ?? .max
        let ruleRoom = min(ruleRows.count, max(room / 3, room - min(room, workloadRows.count)))
        let first = [["WORKLOAD", "RULES", "ALERTS/S", "BLOCKED/S", "LOGS/S", "ALERTS", "LOGS"]]
        let second = [["POLICY", "OPERATION", "ACTION", "WORKLOAD", "ALERTS/S", "ALERTS"]]
        let upper = ColumnText.lines(first + workloadRows.prefix(max(0, room - ruleRoom)))
        return upper + [""] + ColumnText.lines(second + ruleRows.prefix(ruleRoom))
    }

    /// One object.
    public func json(seconds: Double, order: Order) -> String {
        JSONValue.object([
            ("seconds", .string(Self.rate(UInt64(seconds * 10), 10))),
            (
                "workloads",
                .array(
                    sortedWorkloads(order).map { name, row in
                        .object([
                            ("workload", .string(name)),
                            ("rules", row.rules.map { .integer(Int64($0)) } ?? .null),
                            ("alerts", .integer(Int64(row.alerts.now))), ("blocked", .integer(Int64(row.blocked.now))),
                            ("logs", .integer(Int64(row.logs.now))),
                            ("alerts_per_second", .string(Self.rate(row.alerts.now, seconds))),
                            ("logs_per_second", .string(Self.rate(row.logs.now, seconds))),
                            ("alerts_total", .integer(Int64(row.alerts.total))),
                            ("logs_total", .integer(Int64(row.logs.total))),
                        ])
                    })
            ),
            (
                "rules",
                .array(
                    sortedRules(order).map { rule, counts in
                        .object([
                            ("policy", .string(rule.policy)), ("operation", .string(rule.operation)),
                            ("action", .string(rule.action)), ("workload", .string(rule.workload)),
                            ("alerts", .integer(Int64(counts.now))),
                            ("alerts_per_second", .string(Self.rate(counts.now, seconds))),
                            ("alerts_total", .integer(Int64(counts.total))),
                        ])
                    })
            ),
        ]).indentedText
    }
}
