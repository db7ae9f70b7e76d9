// SPDX-License-Identifier: Apache-2.0
public import Policy

/// A set of processes that policies select together: the host itself or one container.
public struct Workload: Sendable, Hashable {
    /// The key under which enforcers and monitors know the host's own processes.
    public static let hostKey: UInt64 = 1

    /// What enforcers, monitors and events call this workload; never 0, and another workload's never.
    public let key: UInt64
    /// What selectors look at.
    public let identity: WorkloadIdentity
    /// The container's id, empty for the host.
    public let containerID: String
    /// `name:tag@digest`, empty for the host.
    public let containerImage: String
    /// The labels as events show them: `k=v,k=v`, sorted by key.
    public let labelText: String

    public init(key: UInt64, identity: WorkloadIdentity, containerID: String = "", containerImage: String = "") {
        self.key = key
        self.identity = identity
        self.containerID = containerID
        self.containerImage = containerImage
        labelText = identity.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// A container of which no more is known than its cgroup.
    ///
    /// It is selected as KubeArmor's containers outside of Kubernetes are: by the label `kubearmor.io/container.name`,
    /// here the first 12 digits of its id, in the namespace `container_namespace`.
    public static func container(_ found: ContainerCgroup) -> Workload {
        let name = String(found.id.prefix(12))
        return Workload(
            key: key(ofContainer: found.id),
            identity: WorkloadIdentity(
                isHost: false, name: name, namespace: WorkloadIdentity.noNamespace, containerName: name,
                labels: ["kubearmor.io/container.name": name]),
            containerID: found.id)
    }

    /// A container of that name that does not run: its rules wait for it.
    public static func prepared(_ name: String) -> Workload {
        Workload(
            key: key(ofContainer: "name \(name)"),
            identity: WorkloadIdentity(
                isHost: false, name: name, namespace: WorkloadIdentity.noNamespace, containerName: name,
                labels: ["kubearmor.io/container.name": name]))
    }

    /// Its rules wait for a container that does not run.
    public var isPrepared: Bool { !identity.isHost && containerID.isEmpty }

    /// The same for every daemon, so that one takes over what another has put into force: FNV-1a.
    public static func key(ofContainer id: String) -> UInt64 {
        let key = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return key <= hostKey ? key + 2 : key
    }

    /// The host, selected by its name and by the labels that the administrator gave it.
    ///
    /// The host-name labels are those that Kubernetes and KubeArmor give a node, so that a host policy written for a
    /// cluster selects the same machine outside of one; `labels` wins over them.
    public static func host(name: String, labels: [String: String] = [:]) -> Workload {
        let own = ["kubernetes.io/hostname": name, "kubearmor.io/hostname": name]
        return Workload(
            key: hostKey,
            identity: WorkloadIdentity(
                isHost: true, name: name, namespace: "", containerName: "",
                labels: own.merging(labels) { _, given in given }))
    }
}
