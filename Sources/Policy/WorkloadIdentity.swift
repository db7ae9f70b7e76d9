// SPDX-License-Identifier: Apache-2.0

/// What a selector may ask about a workload.
public struct WorkloadIdentity: Sendable, Hashable {
    /// The namespace of containers outside of Kubernetes, by KubeArmor's convention.
    public static let noNamespace = "container_namespace"

    /// The host itself, as opposed to a container.
    public let isHost: Bool
    /// Host name, or name of the pod or container.
    public let name: String
    /// Kubernetes namespace; empty for the host.
    public let namespace: String
    /// Name of the container; empty for the host.
    public let containerName: String
    /// Labels of the pod, container or node.
    public let labels: [String: String]

    /// The identity of a workload.
    public init(isHost: Bool, name: String, namespace: String, containerName: String, labels: [String: String]) {
        self.isHost = isHost
        self.name = name
        self.namespace = namespace
        self.containerName = containerName
        self.labels = labels
    }
}
