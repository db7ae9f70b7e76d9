// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import RuntimeAPI

/// How containerd's containers are called here.
enum ContainerdIdentity {
    /// The namespace of who names none.
    private static let defaultNamespace = "default"

    /// An id of 64 digits is unique by itself; another one is so in its namespace only.
    static func id(of subject: ContainerdConversation.Subject) -> String {
        let isUnique = subject.id.utf8.count == 64 || subject.namespace == defaultNamespace
        return isUnique ? subject.id : "\(subject.namespace)/\(subject.id)"
    }

    static func container(
        _ subject: ContainerdConversation.Subject, _ container: Containerd_Services_Containers_V1_Container,
        image: String, _ task: Containerd_V1_Types_Process?, before: ReportedContainer?
    ) -> ReportedContainer {
        var result = ReportedContainer(id: id(of: subject))
        let labels = container.labels
        result.name = name(subject, labels)
        result.namespace = labels["io.kubernetes.pod.namespace"] ?? ""
        result.pod = labels["io.kubernetes.pod.name"] ?? ""
        result.image = image
        result.runtime = "containerd"
        result.labels = labels
        result.initPID = task?.pid ?? 0
        result.state = state(task)
        if result.initPID != 0 {
            let isSame = before?.initPID == result.initPID && before?.root.isEmpty == false
            result.root = isSame ? before?.root ?? "" : root(subject, pid: result.initPID)
        }
        return result
    }

    /// The name that people gave it; empty when they gave none.
    private static func name(_ subject: ContainerdConversation.Subject, _ labels: [String: String]) -> String {
        for key in ["io.kubernetes.container.name", "nerdctl/name"] {
            if let name = labels[key], !name.isEmpty { return name }
        }
        return subject.id.utf8.count == 64 ? "" : subject.id
    }

    private static func state(_ task: Containerd_V1_Types_Process?) -> ReportedContainer.State {
        switch task?.status {
        case .created: .created
        case .running, .pausing: .running
        case .paused: .paused
        default: .stopped
        }
    }

    /// Where its root is mounted: beside the folder that its shim works in, which several containers may share. Others
    /// that use containerd mount it elsewhere.
    private static func root(_ subject: ContainerdConversation.Subject, pid: UInt32) -> String {
        guard let shim = ProcessFacts.parent(of: pid), let folder = ProcessFacts.workingDirectory(of: shim) else {
            return ""
        }
        let parent = folder.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let root = "\(parent)/\(subject.id)/rootfs"
        return ProcessFacts.isRoot(root, of: pid) ? root : ""
    }
}
