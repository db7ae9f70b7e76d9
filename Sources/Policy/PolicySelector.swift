// SPDX-License-Identifier: Apache-2.0

/// The workloads that a policy is for.
public struct PolicySelector: Sendable, Hashable {
    /// One of `selector.matchExpressions`.
    public struct Expression: Sendable, Hashable {
        /// How the values are meant.
        public enum Operator: String, Sendable, Hashable, CaseIterable {
            /// At least one of the values is the workload's.
            case isIn = "In"
            /// None of the values is the workload's.
            case isNotIn = "NotIn"
        }

        /// What the values name.
        public enum Key: String, Sendable, Hashable, CaseIterable {
            /// Labels as `key=value`.
            case label
            /// Namespaces; cluster policies only.
            case namespace
        }

        /// What the values name.
        public var key: Key
        /// How the values are meant.
        public var `operator`: Operator
        /// Labels as `key=value`, or names of namespaces.
        public var values: [String]

        /// An expression with all its parts.
        public init(key: Key = .label, operator: Operator, values: [String]) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    /// Labels that must all be present; of `nodeSelector` for host policies. Some keys have a meaning of their own.
    public var labels: [String: String]
    /// Expressions that must all hold.
    public var expressions: [Expression]

    /// A selector with all its parts.
    public init(labels: [String: String], expressions: [Expression] = []) {
        self.labels = labels
        self.expressions = expressions
    }

    static let containerNameKey = "kubearmor.io/container.name"
    static let hostNameKeys: Set = ["kubearmor.io/hostname", "kubernetes.io/hostname"]
    static let hostPatternKeys: Set = ["kubearmor.io/hostnamereg", "kubernetes.io/hostnamereg"]

    func selectsHost(_ host: WorkloadIdentity) -> Bool {
        guard !labels.isEmpty else { return false }
        return labels.allSatisfy { key, value in
            if Self.hostPatternKeys.contains(key) {
                return Self.items(value).contains { NamePattern.matches($0, host.name) }
            }
            if host.labels[key] == value { return true }
            guard Self.hostNameKeys.contains(key) else { return false }
            return Self.items(value).contains { $0 == "*" || $0 == host.name }
        }
    }

    func selectsContainer(_ container: WorkloadIdentity) -> Bool {
        let labelsMatch = labels.allSatisfy { key, value in
            key == Self.containerNameKey
                ? Self.containerName(value, matches: container.containerName) : container.labels[key] == value
        }
        return labelsMatch
            && expressions.allSatisfy { expression in
                let isPresent =
                    switch expression.key {
                    case .label: expression.values.contains { Self.isPresent($0, in: container.labels) }
                    case .namespace: expression.values.contains(container.namespace)
                    }
                return isPresent == (expression.operator == .isIn)
            }
    }

    /// The names of containers that it gives in full.
    var containerNames: [String] {
        guard let value = labels[Self.containerNameKey] else { return [] }
        guard value.hasPrefix("["), value.hasSuffix("]"), value.count >= 2 else {
            return Self.items(value).filter { !$0.contains("*") }
        }
        return Self.items(String(value.dropFirst().dropLast()))
    }

    /// `[a,b]` is a list of names, `[]` all; anything else a list of names that may hold `*`.
    private static func containerName(_ value: String, matches name: String) -> Bool {
        guard value.hasPrefix("["), value.hasSuffix("]"), value.count >= 2 else {
            return items(value).contains { NamePattern.matches($0, name) }
        }
        let names = items(String(value.dropFirst().dropLast()))
        return names.isEmpty || names.contains(name)
    }

    private static func isPresent(_ label: String, in labels: [String: String]) -> Bool {
        guard let separator = label.firstIndex(of: "=") else { return false }
        return labels[String(label[..<separator])] == String(label[label.index(after: separator)...])
    }

    private static func items(_ list: String) -> [String] {
        list.split(separator: ",").map { item in
            let start = item.drop { $0 == " " }
            return String(start.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }
}
