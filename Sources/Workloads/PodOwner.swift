// SPDX-License-Identifier: Apache-2.0

/// What a pod was made by, as KubeArmor's field `Owner` names it.
///
/// The node is not told of it, but Kubernetes' controllers name and label their pods by it, and the labels are among
/// those that a runtime tells (kubernetes.io/docs/reference/labels-annotations-taints).
public struct PodOwner: Sendable, Hashable {
    /// `Deployment`, `ReplicaSet`, `StatefulSet`, `DaemonSet` or `Job`.
    public let kind: String
    public let name: String

    /// Nil for a pod that nothing says an owner of, such as one that was made by itself.
    ///
    /// - Parameters:
    ///   - pod: the pod's name
    ///   - labels: of the pod
    init?(pod: String, labels: [String: String]) {
        // A pod of a set has a suffix of its own: five characters, or the ordinal.
        guard let dash = pod.lastIndex(of: "-"), dash != pod.startIndex else { return nil }
        let set = String(pod[..<dash])
        if let job = labels["batch.kubernetes.io/job-name"] ?? labels["job-name"], !job.isEmpty {
            (kind, name) = ("Job", job)
        } else if labels["statefulset.kubernetes.io/pod-name"] == pod {
            (kind, name) = ("StatefulSet", set)
        } else if let hash = labels["pod-template-hash"], !hash.isEmpty {
            // The ReplicaSet of a Deployment is named by the Deployment and this hash.
            let isOfDeployment = set.hasSuffix("-\(hash)") && set.utf8.count > hash.utf8.count + 1
            (kind, name) =
                isOfDeployment ? ("Deployment", String(set.dropLast(hash.count + 1))) : ("ReplicaSet", set)
        } else if labels["controller-revision-hash"] != nil, labels["pod-template-generation"] != nil {
            (kind, name) = ("DaemonSet", set)
        } else {
            return nil
        }
    }
}
