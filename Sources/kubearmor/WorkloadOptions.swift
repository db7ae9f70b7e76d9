// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy

/// Which workload a question is about: the host, or a container when its name, namespace or labels are given.
struct WorkloadOptions: ParsableArguments {
    @Flag(help: "The workload is the host, also when labels are given.") var host = false
    @Option(help: "Name of the host, for nodeSelector.") var hostname = "localhost"
    @Option(help: "The workload is the container of this name.") var container: String?
    @Option(help: "The workload is a container of this namespace.") var namespace: String?
    @Option(name: .customLong("label"), help: "A label of the workload, key=value; may be repeated.")
    var labels: [String] = []
    @Option(help: "Posture of allow lists: audit, block or allow.") var posture = "audit"

    func validate() throws {
        guard Posture(posture) != nil else { throw ValidationError("--posture is audit, block or allow") }
        for label in labels where !label.contains("=") { throw ValidationError("--label \(label): write key=value") }
    }

    var identity: WorkloadIdentity {
        var pairs: [String: String] = [:]
        for label in labels {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            pairs[String(parts[0])] = String(parts[1])
        }
        let isHost = host || (container == nil && namespace == nil && labels.isEmpty)
        return WorkloadIdentity(
            isHost: isHost, name: isHost ? hostname : container ?? "", namespace: isHost ? "" : namespace ?? "default",
            containerName: container ?? "", labels: pairs)
    }

    /// The rules of those policies that select the workload, or of all of them.
    func ruleSet(_ policies: [Policy], all: Bool = false) -> RuleSet {
        let identity = identity
        let posture = Posture(posture) ?? .audit
        return RuleSet.resolve(
            policies: all ? policies : policies.filter { $0.selects(identity) },
            postures: Postures(file: posture, network: posture, capabilities: posture))
    }
}
