// SPDX-License-Identifier: Apache-2.0
internal import NRIProtocol
internal import PluginKit

/// How the containers of pods are called here, as the sources `cri` and `containerd` do it.
struct NRIIdentity {
    /// More is no label; Kubernetes has 63 characters.
    private static let labelLimit = 4096
    /// containerd's own, about the container and not of its pod.
    private static let kindLabel = "io.cri-containerd.kind"

    /// `containerd` or `cri-o`.
    let runtime: String
    /// The runtime waits with a pod's sandbox before it starts it: containerd does until version 2, CRI-O and newer
    /// ones have started it when they tell of it.
    let holdsSandboxes: Bool
    /// An error at StartContainer has a container not started. CRI-O notes it in its log, and starts it.
    let heedsErrors: Bool

    init(_ told: NRIRuntime) {
        let isCRIO = told.name == "crio" || told.name == "cri-o"
        runtime = isCRIO ? "cri-o" : told.name
        let version = told.version.drop { !$0.isNumber }
        holdsSandboxes = told.name == "containerd" && version.hasPrefix("1.")
        heedsErrors = !isCRIO
    }

    func container(_ container: NRIContainer, _ pod: NRIPod?) -> ReportedContainer {
        var result = ReportedContainer(id: container.id)
        result.name = container.name
        result.namespace = pod?.namespace ?? ""
        result.pod = pod?.name ?? ""
        result.image = Self.image(container.annotations)
        result.runtime = runtime
        // Policies select pods by the pod's labels.
        result.labels = Self.labels(container.labels.merging(pod?.labels ?? [:]) { _, ofPod in ofPod })
        result.initPID = container.pid != 0 ? container.pid : ContainerCgroup.process(in: container.cgroup)
        result.state =
            switch container.state {
            case .stopped: .stopped
            case .paused: .paused
            case .running: .running
            case .created, .unknown: .created
            }
        return result
    }

    /// The pod's sandbox, which is a container of its own.
    func sandbox(_ pod: NRIPod) -> ReportedContainer {
        var result = ReportedContainer(id: pod.id)
        (result.namespace, result.pod, result.runtime) = (pod.namespace, pod.name, runtime)
        result.labels = Self.labels(pod.labels)
        result.initPID = pod.pid != 0 ? pod.pid : ContainerCgroup.process(in: pod.cgroup)
        return result
    }

    private static func labels(_ labels: [String: String]) -> [String: String] {
        labels.filter { key, value in
            !key.isEmpty && key != kindLabel && key.utf8.count <= labelLimit && value.utf8.count <= labelLimit
        }
    }

    private static func image(_ annotations: [String: String]) -> String {
        for key in ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"] {
            if let name = annotations[key], !name.isEmpty { return name }
        }
        return ""
    }
}
