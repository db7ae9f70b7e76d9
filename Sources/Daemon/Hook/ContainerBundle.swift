// SPDX-License-Identifier: Apache-2.0
import JSON
import Workloads

/// Who a container is, as far as its bundle tells: the annotations of its `config.json`, read as the runtimes write
/// them.
public struct ContainerBundle: Sendable {
    /// The bundle cannot be read.
    public struct Unreadable: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    private static let limit = 16 << 20
    private static let defaultNamespace = "default"

    private let state: ContainerState
    let configuration: JSONValue
    /// The state's own win: some runtimes write more there.
    private let annotations: [String: String]
    private let docker: JSONValue?

    public init(_ state: ContainerState) throws(Unreadable) {
        let path = Self.path(in: state.bundle)
        let text: String
        do throws(FileText.ReadError) {
            text = try FileText.string(of: path, limit: Self.limit)
        } catch {
            throw Unreadable(description: "\(error): the bundle's path must be one that the hook can reach")
        }
        guard let value = JSONParser.parse(text), case .object = value else {
            throw Unreadable(description: "\(path) is no JSON object")
        }
        self.state = state
        configuration = value
        annotations = (value["annotations"]?.texts ?? [:]).merging(state.annotations) { _, own in own }
        docker = Self.docker(value, id: state.id)
    }

    static func path(in bundle: String) -> String { "\(bundle)/config.json" }

    /// The namespace of the pod, as its runtime says; nil outside of Kubernetes. Nothing that an image or a container
    /// can say of itself.
    public var podNamespace: String? {
        first("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace")
    }

    public var request: HookRequest {
        var report = ContainerReport(id: id)
        report.initPID = state.pid
        report.namespace = podNamespace ?? ""
        report.pod = first("io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name") ?? ""
        report.name = name
        report.image =
            first("io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName")
            ?? docker?["Config"]?["Image"]?.string ?? ""
        report.runtime = runtime
        report.root = root
        report.labels = labels.filter { HookRequest.fits(label: $0.key, $0.value) && !$0.key.isEmpty }
        var request = HookRequest(report)
        request.sandbox = first("io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID") ?? ""
        return request
    }

    private func first(_ keys: String...) -> String? {
        keys.lazy.compactMap { annotations[$0] }.first { !$0.isEmpty }
    }

    /// As sources call it: an id that is not unique by itself has containerd's namespace before it.
    private var id: String {
        guard let namespace = containerdNamespace, state.id.utf8.count != 64, namespace != Self.defaultNamespace else {
            return state.id
        }
        return "\(namespace)/\(state.id)"
    }

    /// containerd's shims have a folder for each namespace, and in it one for each container.
    private var containerdNamespace: String? {
        let parts = state.bundle.split(separator: "/")
        guard parts.count >= 3, parts[parts.count - 3].hasPrefix("io.containerd.runtime.") else { return nil }
        return String(parts[parts.count - 2])
    }

    private var name: String {
        if let name = first("io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name") {
            return name
        }
        if let name = docker?["Name"]?.string { return name.hasPrefix("/") ? String(name.dropFirst()) : name }
        // An id of 64 digits is no name that people gave.
        return state.id.utf8.count == 64 ? "" : state.id
    }

    /// Empty where the cgroup's name tells as much.
    private var runtime: String {
        if docker != nil { return "docker" }
        if annotations.keys.contains(where: { $0.hasPrefix("io.kubernetes.cri-o.") }) { return "cri-o" }
        if annotations["io.container.manager"] == "libpod" { return "podman" }
        if let namespace = containerdNamespace { return namespace == "moby" ? "docker" : "containerd" }
        return state.id.utf8.count == 64 ? "" : "oci"
    }

    private var root: String {
        guard let path = configuration["root"]?["path"]?.string, !path.isEmpty else { return "" }
        return path.hasPrefix("/") ? path : "\(state.bundle)/\(path)"
    }

    /// CRI-O writes labels as one annotation, Docker keeps them in a file of its own; containerd's CRI writes none, and
    /// its other annotations are no labels. Where no runtime says otherwise annotations are what there is.
    private var labels: [String: String] {
        if let text = annotations["io.kubernetes.cri-o.Labels"] { return JSONParser.parse(text)?.texts ?? [:] }
        if let docker { return docker["Config"]?["Labels"]?.texts ?? [:] }
        return podNamespace == nil ? annotations : [:]
    }

    /// What Docker has written of the container, beside the files that it mounts into it.
    private static func docker(_ configuration: JSONValue, id: String) -> JSONValue? {
        for mount in configuration["mounts"]?.elements ?? [] {
            guard let source = mount["source"]?.string else { continue }
            for file in ["hostname", "hosts", "resolv.conf"] where source.hasSuffix("/containers/\(id)/\(file)") {
                let path = "\(source.dropLast(file.utf8.count))config.v2.json"
                guard let text = try? FileText.string(of: path, limit: limit) else { continue }
                return JSONParser.parse(text)
            }
        }
        return nil
    }
}
