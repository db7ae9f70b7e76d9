// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NRIProtocol
internal import PluginKit

/// How the containers of pods are called here, as the sources `cri` and `containerd` do it.
struct NRIIdentity {
    /// More is no label; Kubernetes has 63 characters.
    private static let labelLimit = 4096
    /// containerd's own, about the container and not of its pod.
    private static let kindLabel = "io.cri-containerd.kind"
    private static let hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]

    /// `containerd` or `cri-o`.
    let runtime: String

    init(runtime name: String) {
        runtime = name == "crio" ? "cri-o" : name
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
        result.initPID = container.pid != 0 ? container.pid : Self.process(in: container.cgroup)
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
        result.initPID = pod.pid != 0 ? pod.pid : Self.process(in: pod.cgroup)
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

    /// The first process of a cgroup that the runtime names instead of a process; 0 when there is none. The daemon looks
    /// for itself whether it is the container's.
    private static func process(in cgroup: String) -> UInt32 {
        guard let path = RuntimeCgroup.path(cgroup) else { return 0 }
        for hierarchy in hierarchies {
            guard let file = fopen("\(hierarchy)\(path)/cgroup.procs", "re") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 32)
            guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
            return UInt32(clamping: strtoul(line, nil, 10))
        }
        return 0
    }
}
