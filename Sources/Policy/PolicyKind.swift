// SPDX-License-Identifier: Apache-2.0

/// The kinds of policy document; the raw value is the document's `kind`.
public enum PolicyKind: String, Sendable, Hashable, CaseIterable {
    case policy = "KubeArmorPolicy"
    case hostPolicy = "KubeArmorHostPolicy"
    case clusterPolicy = "KubeArmorClusterPolicy"
    case networkPolicy = "KubeArmorNetworkPolicy"
}
