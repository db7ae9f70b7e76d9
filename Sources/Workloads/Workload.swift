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
    /// What its labels say of the classes that are logged, before the setting; nil when they say nothing.
    public let visibleClasses: UInt32?
    /// The labels as events show them: `k=v,k=v`, sorted by key.
    public let labelText: String
    /// Nil outside of Kubernetes, and for a pod that has none.
    public let owner: PodOwner?
    /// What else is known of a container.
    public let details: Details

    /// What selects nothing and is shown to people.
    public struct Details: Sendable, Hashable {
        /// Such as `containerd`; empty for the host.
        public var runtime = ""
        /// 0 when it is not known.
        public var initPID: UInt32 = 0
        /// Path in the host's mount namespace; empty when it is not known.
        public var root = ""
        /// cgroup v2 id; 0 for the host, which has the root.
        public var cgroup: UInt64 = 0
        /// It was held by the runtime's hook before its first instruction, until its rule set was in force.
        public var wasHeld = false

        public init() {}
    }

    public init(
        key: UInt64, identity: WorkloadIdentity, containerID: String = "", containerImage: String = "",
        details: Details = Details()
    ) {
        self.key = key
        self.identity = identity
        self.containerID = containerID
        self.containerImage = containerImage
        self.details = details
        visibleClasses = identity.isHost ? nil : Visibility.classes(in: identity.labels)
        // Outside of Kubernetes a container's name is its pod's.
        owner =
            identity.isHost || identity.name == identity.containerName
            ? nil : PodOwner(pod: identity.name, labels: identity.labels)
        labelText = identity.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// A container of which no more is known than its cgroup.
    ///
    /// It is selected as KubeArmor's containers outside of Kubernetes are: by the label `kubearmor.io/container.name`,
    /// here the first 12 digits of its id, in the namespace `container_namespace`.
    public static func container(_ found: ContainerCgroup) -> Workload { container(found, []) }

    /// A container of which sources tell. Where they differ the first that knows something is believed.
    ///
    /// KubeArmor's conventions outside of Kubernetes: the namespace is the container's label `kubearmor.io/namespace`,
    /// else `container_namespace`, the pod's name the container's. A container cannot give itself another's name by a
    /// label.
    static func container(_ found: ContainerCgroup, _ reports: [ContainerReport], wasHeld: Bool = false) -> Workload {
        func first(_ field: KeyPath<ContainerReport, String>) -> String? {
            reports.lazy.map { $0[keyPath: field] }.first { !$0.isEmpty }
        }
        let ownID = reports.first?.ownID ?? found.id
        let name = first(\.name) ?? (ownID.utf8.count == 64 ? String(ownID.prefix(12)) : ownID)
        var labels = reports.reduce(into: [String: String]()) { all, report in
            all.merge(report.labels) { earlier, _ in earlier }
        }
        let namespace = labels["kubearmor.io/namespace"] ?? first(\.namespace) ?? WorkloadIdentity.noNamespace
        labels["kubearmor.io/container.name"] = name
        var details = Details()
        details.runtime = first(\.runtime) ?? found.runtime
        details.initPID = reports.lazy.map(\.initPID).first { $0 != 0 } ?? 0
        details.root = first(\.root) ?? ""
        details.cgroup = found.cgroup
        details.wasHeld = wasHeld
        return Workload(
            key: key(ofContainer: found.id),
            identity: WorkloadIdentity(
                isHost: false, name: first(\.pod) ?? name, namespace: namespace, containerName: name, labels: labels),
            containerID: found.id, containerImage: first(\.image) ?? "", details: details)
    }

    /// A container of that name that does not run: its rules wait for it.
    public static func prepared(_ name: String) -> Workload {
        prepared(
            WorkloadIdentity(
                isHost: false, name: name, namespace: WorkloadIdentity.noNamespace, containerName: name,
                labels: ["kubearmor.io/container.name": name]))
    }

    /// The container that a runtime is about to make.
    public static func prepared(_ report: ContainerReport) -> Workload {
        prepared(container(ContainerCgroup(runtime: report.runtime, id: report.id, cgroup: 0), [report]).identity)
    }

    private static func prepared(_ identity: WorkloadIdentity) -> Workload {
        Workload(key: key(ofContainer: "name \(identity.confinementName)"), identity: identity)
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

extension WorkloadIdentity {
    /// What security modules that know programs by a name call the container: outside of pods the container's own
    /// name. At most 80 characters.
    public var confinementName: String {
        guard name != containerName else { return containerName }
        let whole = "\(namespace).\(name).\(containerName)"
        guard whole.utf8.count > 80 else { return whole }
        return "\(containerName.prefix(60)).\(String(Workload.key(ofContainer: whole), radix: 16))"
    }
}
