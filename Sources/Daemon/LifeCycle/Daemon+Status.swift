// SPDX-License-Identifier: Apache-2.0
import Events
import Policy
import Synchronization
import Workloads

extension Daemon {
    /// What it does at this moment.
    func nodeStatus() -> NodeStatus {
        let configuration = currentConfiguration
        let statistics = enforcer.statistics()
        let decisions = (enforcer.name, statistics.node.map { ($0.name, $0.value) } as EventStage.Numbers)
        let plugins = monitors.statistics() + (enforcer.capabilities.contains("events") ? [decisions] : [])
        return NodeStatus(
            hostName: events.hostName, kernel: NodeStatus.kernelRelease,
            securityModules: NodeStatus.activeSecurityModules,
            enforcer: enforcer.mode.isEmpty ? enforcer.name : "\(enforcer.name) (\(enforcer.mode))",
            monitors: monitors.names, feeders: events.feederNames, sources: sources.names,
            findsContainers: containers != nil, hook: hookStatus,
            statistics: statistics.node, stages: events.stages(plugins),
            workloads: events.workloads.snapshot().all.compactMap { workload in
                policies.inForce(workload.key).map {
                    status(of: workload, $0, statistics.workloads[workload.key] ?? [], configuration)
                }
            })
    }

    /// How the rules of all workloads are held, workloads with the same rules together.
    func policyStatusSources() -> PolicyStatusSources {
        var sets: [RulesInForce: [String]] = [:]
        var remarks: [PolicyStatus.Remark] = []
        for workload in events.workloads.snapshot().all {
            guard let inForce = policies.inForce(workload.key) else { continue }
            let name = PolicyController.name(of: workload)
            sets[inForce.rules, default: []].append(name)
            guard inForce.ruleCount > 0 else { continue }
            remarks += policies.remarks(on: workload.key).map { PolicyStatus.Remark(workload: name, text: $0) }
        }
        let shared = sets.map { PolicyStatusSources.Shared(rules: $0.key, workloads: $0.value.sorted()) }
        return PolicyStatusSources(
            enforcer: enforcer.name, sets: shared.sorted { $0.workloads.lexicographicallyPrecedes($1.workloads) },
            remarks: remarks.sorted { ($0.workload, $0.text) < ($1.workload, $1.text) })
    }

    private var hookStatus: NodeStatus.Hook {
        let counters = containers?.hookCounters
        return NodeStatus.Hook(
            held: counters?.held.load(ordering: .relaxed) ?? 0,
            heldBySources: counters?.heldBySources.load(ordering: .relaxed) ?? 0,
            refused: counters?.refused.load(ordering: .relaxed) ?? 0,
            late: counters?.late.load(ordering: .relaxed) ?? 0, installed: HookInstallation.installed() ?? "",
            sources: containers?.holdingSources ?? [])
    }

    private func status(
        of workload: Workload, _ inForce: PolicyController.InForce, _ decisions: [NodeStatus.Statistic],
        _ configuration: Configuration
    ) -> NodeStatus.Workload {
        let isHost = workload.identity.isHost
        let postures = isHost ? configuration.hostPostures : configuration.containerPostures
        return NodeStatus.Workload(
            key: workload.key, isHost: isHost, namespace: workload.identity.namespace, name: workload.identity.name,
            owner: workload.owner.map { "\($0.kind)/\($0.name)" } ?? "", containerID: workload.containerID,
            containerName: workload.identity.containerName,
            image: workload.containerImage, runtime: workload.details.runtime, initPID: workload.details.initPID,
            root: workload.details.root, cgroup: workload.details.cgroup,
            wasHeld: workload.details.wasHeld, labels: workload.labelText,
            policies: inForce.policies, ruleCount: inForce.ruleCount, ruleSet: inForce.digest,
            generation: inForce.generation, enforcer: enforcer.name, since: inForce.since,
            postures: "file=\(postures.file),network=\(postures.network),capabilities=\(postures.capabilities)",
            visibility: Self.names(of: configuration.visibility(of: workload)),
            decisions: decisions)
    }

    private static func names(of classes: UInt32) -> String {
        let words: [(AccessClass, String)] = [
            (.process, "process"), (.file, "file"), (.network, "network"), (.capability, "capabilities"),
            (.dns, "dns"),
        ]
        let seen = words.filter { classes >> $0.0.rawValue & 1 == 1 }.map(\.1)
        return seen.isEmpty ? "none" : seen.joined(separator: ",")
    }
}
