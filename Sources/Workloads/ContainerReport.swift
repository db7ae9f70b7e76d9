// SPDX-License-Identifier: Apache-2.0

/// What one source says of one container.
public struct ContainerReport: Sendable, Hashable {
    /// How far the container's life has come.
    public enum State: UInt32, Sendable, Hashable {
        case created = 1, running, paused, stopped
    }

    /// Unique among the containers that live.
    public var id: String
    /// Empty for a container without a name.
    public var name = ""
    /// The pod's namespace; empty outside of Kubernetes.
    public var namespace = ""
    /// The pod's name; empty outside of Kubernetes.
    public var pod = ""
    /// `name:tag@digest`
    public var image = ""
    /// The runtime's name, such as `containerd`.
    public var runtime = ""
    /// Path of its root in the host's mount namespace; empty when it is not known.
    public var root = ""
    /// cgroup v2 id; 0 when the source does not know it.
    public var cgroup: UInt64 = 0
    /// In the daemon's pid namespace; 0 before it has one.
    public var initPID: UInt32 = 0
    public var state = State.running
    public var labels: [String: String] = [:]

    public init(id: String) { self.id = id }

    /// What is the container's name for a runtime that allows an id in several namespaces: the id without the
    /// namespace.
    public var ownID: String { id.split(separator: "/").last.map(String.init) ?? id }

    /// What there is of a container that has a process.
    var isAlive: Bool { state != .stopped && initPID != 0 }
}
