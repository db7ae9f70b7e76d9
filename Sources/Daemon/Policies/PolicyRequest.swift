// SPDX-License-Identifier: Apache-2.0
import JSON
import Policy

/// What somebody wants to be done with a policy, as KubeArmor's PolicyService says it: `{"type", "object"}`.
public struct PolicyRequest: Sendable {
    /// What became of it; the numbers are those of policy.PolicyStatus.
    public enum Outcome: Int32, Sendable, Hashable {
        case failure = 0
        case applied = 1
        case deleted = 2
        case modified = 3
        case notExist = 4
        case invalid = 5
        case notEnabled = 6
    }

    /// Why nothing was done.
    public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        public let outcome: Outcome
        public let description: String
    }

    enum Verb: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    let verb: Verb
    let policy: Policy
    /// Of the store.
    let fileName: String
    /// The document, one line of JSON.
    let document: String

    /// Reads and checks the whole request; nothing is changed by that.
    public init(json: String) throws(Refusal) {
        guard json.utf8.count <= PolicyParser.sizeLimit, let request = JSONParser.parse(json),
            let object = request["object"]
        else { throw Self.invalid("it is no JSON with a type and an object, or too large") }
        guard let verb = (request["type"]?.string).flatMap(Verb.init) else {
            throw Self.invalid("its type is not ADDED, MODIFIED or DELETED")
        }
        self.verb = verb
        document = Self.trimmed(object).text
        if object["kind"]?.string == PolicyKind.networkPolicy.rawValue {
            throw Refusal(outcome: .notEnabled, description: "network policies are not enforced")
        }
        if verb == .deleted {
            policy = try Self.named(object)
        } else {
            let parsed = PolicyParser.parse(document, file: "request")
            if let error = parsed.diagnostics.first(where: { $0.severity == .error }) {
                throw Self.invalid("\(error)")
            }
            guard parsed.policies.count == 1, let first = parsed.policies.first else {
                throw Self.invalid("its object is not one policy")
            }
            policy = first
        }
        guard let name = StoredPolicies.fileName(of: policy) else {
            throw Self.invalid("the name is not one of letters, digits, - _ and .")
        }
        fileName = name
    }

    /// KubeArmor's own path takes blanks around names.
    private static func trimmed(_ object: JSONValue) -> JSONValue {
        guard case .object(let members) = object else { return object }
        return .object(
            members.map { key, value in
                guard key == "metadata", case .object(let fields) = value else { return (key, value) }
                return (
                    key,
                    .object(
                        fields.map { name, value in
                            (name, ["name", "namespace"].contains(name) ? trimmedText(value) : value)
                        })
                )
            })
    }

    private static func trimmedText(_ value: JSONValue) -> JSONValue {
        value.string.map { .string($0.trimmingBlanks()) } ?? value
    }

    /// Deleting needs to know no more than which one.
    private static func named(_ object: JSONValue) throws(Refusal) -> Policy {
        guard let kind = (object["kind"]?.string).flatMap(PolicyKind.init),
            let name = object["metadata"]?["name"]?.string?.trimmingBlanks(), !name.isEmpty
        else { throw invalid("it names no kind and no metadata.name") }
        let namespace = object["metadata"]?["namespace"]?.string?.trimmingBlanks() ?? ""
        return Policy(
            kind: kind, name: name, namespace: kind == .policy ? (namespace.isEmpty ? "default" : namespace) : "",
            selector: PolicySelector(labels: [:]), rules: [],
            location: SourceLocation(file: "request", line: 1, column: 1))
    }

    private static func invalid(_ why: String) -> Refusal { Refusal(outcome: .invalid, description: why) }
}
