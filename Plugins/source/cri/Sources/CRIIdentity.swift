// SPDX-License-Identifier: Apache-2.0
internal import JSON
internal import PluginKit
internal import RuntimeAPI

/// How the containers of pods are called here.
enum CRIIdentity {
    static func container(
        _ container: Runtime_V1_Container, _ pod: Runtime_V1_PodSandbox?, runtime: String
    ) -> ReportedContainer {
        var result = ReportedContainer(id: container.id)
        result.name = container.metadata.name
        result.namespace = pod?.metadata.namespace ?? ""
        result.pod = pod?.metadata.name ?? ""
        result.image = image(container)
        result.runtime = runtime
        // Policies select pods by the pod's labels.
        result.labels = container.labels.merging(pod?.labels ?? [:]) { _, ofPod in ofPod }
        result.state =
            switch container.state {
            case .containerCreated: .created
            case .containerRunning: .running
            default: .stopped
            }
        return result
    }

    /// Runtimes differ in which of the two has the digest, and some have the image's id alone.
    private static func image(_ container: Runtime_V1_Container) -> String {
        let (name, reference) = (container.image.image, container.imageRef)
        if name.isEmpty || name.contains("@") { return name.isEmpty ? reference : name }
        guard let at = reference.firstIndex(of: "@") else { return name }
        return name + reference[at...]
    }

    /// The number of the first process, which the interface itself does not tell: containerd and CRI-O say it in JSON
    /// under `info`. 0 when it is not there.
    static func process(in info: [String: String]) -> UInt32 {
        if let text = info["info"], let value = JSONParser.parse(text), let pid = value["pid"]?.integer {
            return UInt32(clamping: pid)
        }
        return info["pid"].flatMap { UInt32($0) } ?? 0
    }
}
