// SPDX-License-Identifier: Apache-2.0

/// One policy document that was read without an error.
public struct Policy: Sendable, Hashable {
    /// Kind of the document.
    public var kind: PolicyKind
    /// `metadata.name`.
    public var name: String
    /// `metadata.namespace`, `default` when absent; empty for host policies.
    public var namespace: String
    /// The workloads it is for.
    public var selector: PolicySelector
    /// Its rules, in the order of the document, which carries no meaning.
    public var rules: [PolicyRule]
    /// Where the document begins.
    public var location: SourceLocation

    /// A policy with all its parts.
    public init(
        kind: PolicyKind, name: String, namespace: String, selector: PolicySelector, rules: [PolicyRule],
        location: SourceLocation
    ) {
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.selector = selector
        self.rules = rules
        self.location = location
    }

    /// Whether the policy is for `workload`: host policies for hosts, policies for containers of their namespace.
    public func selects(_ workload: WorkloadIdentity) -> Bool {
        switch kind {
        case .hostPolicy:
            workload.isHost && selector.selectsHost(workload)
        case .policy:
            !workload.isHost && isFor(namespace: workload.namespace) && selector.selectsContainer(workload)
        case .clusterPolicy:
            !workload.isHost && !selector.expressions.isEmpty && selector.selectsContainer(workload)
        case .networkPolicy:
            false
        }
    }

    /// The containers that its selector names in full: there may be none of that name yet.
    public var namedContainers: [String] { kind == .policy || kind == .clusterPolicy ? selector.containerNames : [] }

    /// A policy that names no namespace is of `default`, and also for containers that Kubernetes knows nothing of.
    private func isFor(namespace other: String) -> Bool {
        namespace == other || namespace == "default" && other == WorkloadIdentity.noNamespace
    }
}
