// SPDX-License-Identifier: Apache-2.0
import YAML

/// Reads one document.
struct DocumentReader {
    private static let group = "security.kubearmor.com/"
    private static let apiVersion = "security.kubearmor.com/v1"

    private let log: DiagnosticLog

    init(_ log: DiagnosticLog) {
        self.log = log
    }

    /// The policy of a document; nil when it is none, or has an error.
    func read(_ root: YAMLNode) -> Policy? {
        let document = Field(node: root, path: "", log: log)
        if document.isNull { return nil }
        let errorsBefore = log.errorCount
        guard let fields = document.mapping(known: nil) else { return nil }
        guard let kind = kind(document, fields) else { return nil }
        _ = document.mapping(known: ["apiVersion", "kind", "metadata", "spec", "status"])
        guard kind != .networkPolicy else {
            document.warning(
                "not-enforced-yet", "\(kind.rawValue) is not enforced yet", "nothing of this document is in force")
            return nil
        }
        let metadata = required("metadata", document, fields)?.mapping(known: nil)
        let name = metadata.flatMap { self.name(document, $0) }
        let namespace = metadata?["namespace"]?.string()
        let spec = required("spec", document, fields).flatMap { SpecReader(kind: kind).read($0) }
        guard log.errorCount == errorsBefore, let name, let spec else { return nil }
        return Policy(
            kind: kind, name: name, namespace: kind == .policy ? namespace ?? "default" : "",
            selector: spec.selector, rules: spec.rules, location: document.location)
    }

    private func required(_ name: String, _ document: Field, _ fields: [String: Field]) -> Field? {
        if let field = fields[name] { return field }
        log.error("missing-field", document.node, name, "the field is missing", "add it")
        return nil
    }

    private func kind(_ document: Field, _ fields: [String: Field]) -> PolicyKind? {
        guard let version = required("apiVersion", document, fields)?.string(),
            let kindField = required("kind", document, fields), let name = kindField.string()
        else { return nil }
        let kind = PolicyKind(rawValue: name)
        guard version.hasPrefix(Self.group) else {
            if kind != nil {
                fields["apiVersion"]?.error(
                    "unsupported-version", "'\(version)' is not KubeArmor's", "write \(Self.apiVersion)")
            } else {
                document.warning(
                    "not-a-policy", "\(name) of \(version) is not a KubeArmor policy", "the document is skipped")
            }
            return nil
        }
        guard version == Self.apiVersion else {
            fields["apiVersion"]?.error(
                "unsupported-version", "the version '\(version)' is unknown", "write \(Self.apiVersion)")
            return nil
        }
        if kind == nil {
            let names = PolicyKind.allCases.map(\.rawValue)
            let advice = EditDistance.nearest(to: name, in: names).map { "did you mean `\($0)`?" }
            kindField.error(
                "unknown-kind", "the kind '\(name)' is unknown",
                advice ?? "write one of \(names.joined(separator: ", "))")
        }
        return kind
    }

    private func name(_ document: Field, _ metadata: [String: Field]) -> String? {
        guard let field = metadata["name"] else {
            let node = metadata.values.first?.node ?? document.node
            log.error("missing-field", node, "metadata.name", "the policy has no name", "add metadata.name")
            return nil
        }
        guard let name = field.string() else { return nil }
        let start = name.drop { $0.isWhitespace }
        let trimmed = String(start.reversed().drop { $0.isWhitespace }.reversed())
        if trimmed.isEmpty { field.error("missing-field", "the policy's name is empty", "give it a name") }
        return trimmed.isEmpty ? nil : trimmed
    }
}
