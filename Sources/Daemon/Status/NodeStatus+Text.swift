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
            ("Sources", sources.isEmpty ? "none" : sources.joined(separator: ", ")),
            ("Containers", containersText),
            ("First instruction", firstInstructionText),
            ("Kernel memory", memoryText),
            ("Decisions", decisionsText),
            ("Events", eventsText),
        ]
        return lines.map { key, value in
            key + String(repeating: " ", count: 20 - key.count) + value
        }.joined(separator: "\n")
    }

    private var containersText: String {
        let count = workloads.count { !$0.isHost && !$0.isPrepared }
        guard findsContainers else { return "not looked for" }
        let limit = value("workloads_limit").map { ", \($0 - 1) at most" } ?? ""
        let names = sources.isEmpty ? "" : ", named by \(sources.joined(separator: " and "))"
        return "\(count)\(names)\(limit)"
    }

    /// Which guarantee holds.
    private var firstInstructionText: String {
        guard findsContainers else { return "containers are under no rules" }
        let containers = workloads.filter { !$0.isHost }
        let held = containers.count { $0.wasHeld }
        let late = "found by their cgroups after they have started"
        let waiting = hook.sources.isEmpty ? "" : "; \(hook.sources.joined(separator: " and ")) holds those that start"
        guard held > 0 || hook.held > 0 else {
            if !waiting.isEmpty { return "containers are \(late)\(waiting)" }
            let hint =
                hook.installed.isEmpty
                ? "no OCI hook has called and no NRI waits, see `kubearmor hook --help` and enableNRI"
                : "the OCI hook of \(hook.installed) has not called yet"
            return "containers are \(late): \(hint)"
        }
        let others = containers.count - held
        var text = "known before their first instruction by \(holders): \(held) of \(containers.count) containers"
        if others > 0 { text += "; \(others) \(late)" }
        text += "; \(hook.held) held since the start"
        if hook.refused > 0 { text += ", \(hook.refused) refused" }
        if hook.late > 0 { text += ", \(hook.late) answered too late" }
        return text + waiting
    }

    /// What has held containers, as far as this daemon knows: an earlier one may have had others.
    private var holders: String {
        guard hook.heldBySources > 0 || !hook.sources.isEmpty else { return "the OCI hook" }
        return hook.held > hook.heldBySources || hook.held == 0 ? "the OCI hook or a source" : "a source"
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

    /// What came, what was made of it, and every loss by its place.
    private var eventsText: String {
        let taken = stages.filter { $0.kind == .decode }.reduce(0) { $0 + $1.taken }
        let made = stages.filter { $0.kind == .attribution }.reduce(0) { $0 + $1.delivered }
        let losses = stages.filter { $0.kind != .attribution }.flatMap { stage in
            stage.dropped.sorted { $0.key < $1.key }.map { reason, count in
                let place = stage.name.isEmpty ? stage.kind.rawValue : stage.name
                return "\(count) \(reason) (\(place))"
            }
        }
        return "\(taken) taken, \(made) alerts and logs; "
            + (losses.isEmpty ? "nothing was dropped" : "dropped: " + losses.joined(separator: ", "))
    }

    private static func mebibytes(_ bytes: UInt64) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    /// What `kubearmor workloads list` prints.
    public var workloadsText: String {
        let head = [
            "KIND", "NAMESPACE", "NAME", "CONTAINER", "POLICIES", "RULES", "RULE SET", "ENFORCER", "SINCE", "POSTURE",
            "VISIBILITY", "IMAGE", "LABELS",
        ]
        let rows =
            [head]
            + workloads.map { workload in
                [
                    workload.isHost ? "host" : workload.isPrepared ? "prepared" : "container", workload.namespace,
                    workload.name, Self.shortID(workload.containerID), workload.policies.joined(separator: ","),
                    String(workload.ruleCount), String(String(workload.ruleSet, radix: 16).prefix(8)),
                    workload.enforcer,
                    EventClock.text(of: UInt64(max(0, workload.since)) * 1_000_000_000).prefix { $0 != "." } + "Z",
                    workload.postures, workload.visibility, workload.image, workload.labels,
                ]
            }
        return TextTable.lines(rows).joined(separator: "\n")
    }

    /// As runtimes print it.
    private static func shortID(_ id: String) -> String { id.utf8.count == 64 ? String(id.prefix(12)) : id }
}
