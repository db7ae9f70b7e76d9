// SPDX-License-Identifier: Apache-2.0
import Events

extension NodeStatus {
    /// What `kubearmor probe` prints.
    public var text: String {
        let lines: [(String, String)] = [
            ("Host", hostName),
            ("Kernel", kernel),
            ("Security modules", securityModules.isEmpty ? "unknown: securityfs is not mounted" : securityModules),
            ("Enforcer", enforcer),
            ("Monitors", monitors.isEmpty ? "none" : monitors.joined(separator: ", ")),
            ("Feeders", feeders.isEmpty ? "none" : feeders.joined(separator: ", ")),
            ("Containers", containersText),
            ("Kernel memory", memoryText),
            ("Decisions", decisionsText),
        ]
        return lines.map { key, value in
            key + String(repeating: " ", count: 20 - key.count) + value
        }.joined(separator: "\n")
    }

    private var containersText: String {
        let count = workloads.count { !$0.isHost && !$0.isPrepared }
        guard findsContainers else { return "not looked for" }
        let limit = value("workloads_limit").map { ", \($0 - 1) at most" } ?? ""
        return "\(count), found by their cgroups after they have started\(limit)"
    }

    private var memoryText: String {
        guard let maps = value("memory.maps"), let programs = value("memory.programs") else {
            return "none, as far as the enforcer says"
        }
        var text = "\(Self.mebibytes(maps)) in maps, \(Self.mebibytes(programs)) in programs"
        if let rules = value("memory.rules"), let limit = value("memory.rules_limit"), let sets = value("rule_sets") {
            text += "; \(sets) rule sets take \(Self.mebibytes(rules)) of \(Self.mebibytes(limit))"
        }
        return text
    }

    private var decisionsText: String {
        let names = [
            "decided", "denied", "audited", "emitted", "throttled", "dropped.ring_full", "fault", "fault.recursion",
        ]
        let numbers = names.compactMap { name in value(name).map { "\($0) \(name)" } }
        return numbers.isEmpty ? "not counted by this enforcer" : numbers.joined(separator: ", ")
    }

    private static func mebibytes(_ bytes: UInt64) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    /// What `kubearmor workloads list` prints.
    public var workloadsText: String {
        let head = ["KIND", "NAMESPACE", "NAME", "POLICIES", "RULES", "SINCE", "POSTURE", "VISIBILITY", "LABELS"]
        let rows =
            [head]
            + workloads.map { workload in
                [
                    workload.isHost ? "host" : workload.isPrepared ? "prepared" : "container", workload.namespace,
                    workload.name,
                    workload.policies.joined(separator: ","), String(workload.ruleCount),
                    EventClock.text(of: UInt64(max(0, workload.since)) * 1_000_000_000).prefix { $0 != "." } + "Z",
                    workload.postures, workload.visibility, workload.labels,
                ]
            }
        return TextTable.lines(rows).joined(separator: "\n")
    }
}
