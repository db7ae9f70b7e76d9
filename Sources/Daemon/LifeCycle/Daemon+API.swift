// SPDX-License-Identifier: Apache-2.0
import JSON
import Policy
import Workloads

/// What clients of feeders may ask.
extension Daemon {
    /// JSON about `what`: "probe", "state", or a word of ``describe(_:)``; nil for another.
    func description(of what: String) -> String? {
        switch what {
        case "probe": probe.text
        case "state": JSONValue.array(state).text
        default: describe(what)
        }
    }

    /// Which policies are in force for whom: `hosts` and `containers`, each with `name` and `policies`, and of those
    /// each with `name` and `document`.
    private var probe: JSONValue {
        let all = policies.policies()
        var (hosts, found): ([JSONValue], [JSONValue]) = ([], [])
        for workload in events.workloads.snapshot().all where !workload.isPrepared {
            guard let inForce = policies.inForce(workload.key) else { continue }
            let isHost = workload.identity.isHost
            let chosen = all.filter {
                ($0.kind == .hostPolicy) == isHost && inForce.policies.contains($0.name)
                    && $0.selects(workload.identity)
            }
            let entry = JSONValue.object([
                ("name", .string(isHost ? events.hostName : workload.identity.name)),
                (
                    "policies",
                    .array(
                        chosen.map {
                            .object([("name", .string($0.name)), ("document", .string(document(of: $0).text))])
                        })
                ),
            ])
            if isHost { hosts.append(entry) } else { found.append(entry) }
        }
        return .object([("hosts", .array(hosts)), ("containers", .array(found))])
    }

    /// The whole policy of one that came by API; of others which it is and where it stands.
    private func document(of policy: Policy) -> JSONValue {
        let file = policy.location.file
        if file.hasPrefix(StoredPolicies.origin),
            let text = try? FileText.string(
                of: String(file.dropFirst(StoredPolicies.origin.count)), limit: PolicyDirectory.sizeLimit),
            let document = JSONParser.parse(text)
        {
            return document
        }
        var metadata: [(key: String, value: JSONValue)] = [("name", .string(policy.name))]
        if !policy.namespace.isEmpty { metadata.append(("namespace", .string(policy.namespace))) }
        return .object([
            ("apiVersion", .string("security.kubearmor.com/v1")), ("kind", .string(policy.kind.rawValue)),
            ("metadata", .object(metadata)), ("place", .string("\(policy.location)")),
        ])
    }

    /// The node, namespaces and containers, each with `kind`, `name` and `object`, whose keys are KubeArmor's.
    private var state: [JSONValue] {
        let configuration = currentConfiguration
        let node = JSONValue.object([
            ("nodeName", .string(events.hostName)), ("kernelVersion", .string(NodeStatus.kernelRelease)),
            ("enforcer", .string(enforcer.name)),
        ])
        var namespaces: [String: Int64] = [:]
        var found: [JSONValue] = []
        for workload in events.workloads.snapshot().all
        where !workload.identity.isHost && !workload.isPrepared && policies.inForce(workload.key) != nil {
            namespaces[workload.identity.namespace, default: 0] += 1
            found.append(Self.entry("container", workload.identity.containerName, Self.object(of: workload)))
        }
        let postures = configuration.containerPostures
        return [Self.entry("node", events.hostName, node)]
            + namespaces.sorted { $0.key < $1.key }.map { name, count in
                Self.entry(
                    "namespace", name,
                    .object([
                        ("name", .string(name)), ("kubearmorFilePosture", .string("\(postures.file)")),
                        ("kubearmorNetworkPosture", .string("\(postures.network)")),
                        ("containerCount", .integer(count)),
                    ]))
            } + found
    }

    private static func object(of workload: Workload) -> JSONValue {
        .object([
            ("containerID", .string(workload.containerID)), ("containerName", .string(workload.identity.containerName)),
            ("containerImage", .string(workload.containerImage)),
            ("namespaceName", .string(workload.identity.namespace)), ("endPointName", .string(workload.identity.name)),
            ("labels", .string(workload.labelText)), ("pid", .integer(Int64(workload.details.initPID))),
        ])
    }

    private static func entry(_ kind: String, _ name: String, _ object: JSONValue) -> JSONValue {
        .object([("kind", .string(kind)), ("name", .string(name)), ("object", object)])
    }
}
