// SPDX-License-Identifier: Apache-2.0
import YAML

/// One value of a document, with its name for messages. The readers return nil for a value of another type and say so.
struct Field {
    let node: YAMLNode
    let path: String
    let log: DiagnosticLog

    /// Whether the value is there at all: YAML's null counts as absent.
    var isNull: Bool {
        guard let text = node.plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    var location: SourceLocation { log.location(of: node) }

    func error(_ code: String, _ message: String, _ remedy: String) {
        log.error(code, node, path, message, remedy)
    }

    func warning(_ code: String, _ message: String, _ remedy: String) {
        log.warning(code, node, path, message, remedy)
    }

    /// The text of a scalar. A plain number or truth value is not a text, as in Kubernetes.
    func string() -> String? {
        guard case .scalar(let text, let isPlain) = node.content else {
            typeError("a string")
            return nil
        }
        if isPlain, PlainScalar.isBoolean(text) || PlainScalar.isNumber(text) {
            error("wrong-type", "must be a string, not \(text)", "write it in quotes")
            return nil
        }
        if text.utf8.contains(0) {
            error("contains-nul", "contains a NUL character", "remove it")
            return nil
        }
        return text
    }

    func boolean() -> Bool? {
        if let text = node.plain {
            if let value = PlainScalar.boolean(text) { return value }
            if let value = PlainScalar.oldBoolean(text) {
                warning("old-boolean", "'\(text)' is read as \(value)", "write \(value)")
                return value
            }
        }
        typeError("true or false")
        return nil
    }

    func integer() -> Int? {
        if let value = node.integer { return value }
        typeError("an integer")
        return nil
    }

    func strings() -> [String]? {
        guard let elements = sequence() else { return nil }
        let values = elements.map { $0.string() }
        return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
    }

    func sequence() -> [Field]? {
        guard let sequence = node.sequence else {
            typeError("a list")
            return nil
        }
        return sequence.enumerated().map { Field(node: $1, path: "\(path)[\($0)]", log: log) }
    }

    /// The fields of a mapping, nulls left out.
    ///
    /// - Parameter known: names that may occur; nil: any. Others get a warning.
    func mapping(known: [String]?) -> [String: Field]? {
        guard let mapping = node.mapping else {
            typeError("a mapping")
            return nil
        }
        var fields: [String: Field] = [:]
        for (key, value) in mapping {
            guard let name = key.string else {
                log.error("wrong-type", key, path, "a field's name must be a string", "write a name")
                return nil
            }
            let fieldPath = path.isEmpty ? name : "\(path).\(name)"
            if let known, !known.contains(name) {
                if log.isFull { continue }
                warnUnknown(name, key, fieldPath, known)
                continue
            }
            let field = Field(node: value, path: fieldPath, log: log)
            if !field.isNull { fields[name] = field }
        }
        return fields
    }

    private func warnUnknown(_ name: String, _ key: YAMLNode, _ fieldPath: String, _ known: [String]) {
        if let home = FieldHome.home(of: name) {
            log.warning(
                "misplaced-field", key, fieldPath, "the field means nothing here and is ignored",
                "it belongs to \(home)")
            return
        }
        let advice = EditDistance.nearest(to: name, in: known).map { "did you mean `\($0)`?" }
        log.warning("unknown-field", key, fieldPath, "the field is unknown and ignored", advice ?? "remove it")
    }

    private func typeError(_ wanted: String) {
        let found =
            switch node.content {
            case .mapping: "a mapping"
            case .sequence: "a list"
            case .scalar(let text, let isPlain): isPlain ? text : "the string '\(text)'"
            case .alias: "an alias"
            }
        error("wrong-type", "must be \(wanted), not \(found)", "write \(wanted)")
    }
}
