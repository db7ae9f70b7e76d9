// SPDX-License-Identifier: Apache-2.0

/// Reads `selector` and `nodeSelector`.
enum SelectorReader {
    static func hosts(_ field: Field) -> PolicySelector? {
        guard let fields = field.mapping(known: ["matchLabels"]) else { return nil }
        guard let labels = labels(fields["matchLabels"]) else { return nil }
        if labels.isEmpty {
            field.warning(
                "empty-selector", "an empty nodeSelector selects no host",
                "add matchLabels, such as kubearmor.io/hostname: \"*\"")
        }
        return PolicySelector(labels: labels)
    }

    static func containers(_ field: Field) -> PolicySelector? {
        guard let fields = field.mapping(known: ["matchLabels", "matchExpressions"]) else { return nil }
        guard let labels = labels(fields["matchLabels"]) else { return nil }
        var expressions: [PolicySelector.Expression] = []
        for element in fields["matchExpressions"]?.sequence() ?? [] {
            guard let expression = expression(element) else { return nil }
            expressions.append(expression)
        }
        return PolicySelector(labels: labels, expressions: expressions)
    }

    private static func labels(_ field: Field?) -> [String: String]? {
        guard let field else { return [:] }
        guard let fields = field.mapping(known: nil) else { return nil }
        var labels: [String: String] = [:]
        for (key, value) in fields {
            guard let text = value.string() else { return nil }
            labels[key] = text
        }
        return labels
    }

    private static func expression(_ field: Field) -> PolicySelector.Expression? {
        guard let fields = field.mapping(known: ["key", "operator", "values"]) else { return nil }
        guard let keyField = fields["key"], let operatorField = fields["operator"], let values = fields["values"] else {
            field.error("missing-field", "key, operator or values is missing", "write all three")
            return nil
        }
        guard let key = keyField.string(), let operatorName = operatorField.string(), let labels = values.strings()
        else { return nil }
        guard key == "label" else {
            keyField.error("bad-selector", "'\(key)' is not a key", "write label")
            return nil
        }
        guard let meaning = PolicySelector.Expression.Operator(rawValue: operatorName) else {
            operatorField.error("bad-selector", "'\(operatorName)' is not an operator", "write In or NotIn")
            return nil
        }
        for label in labels where !label.contains("=") {
            values.error("bad-selector", "'\(label)' is not a label", "write it as key=value")
            return nil
        }
        return PolicySelector.Expression(operator: meaning, values: labels)
    }
}
