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
        return expressions(fields["matchExpressions"], keys: [.label])
            .map { PolicySelector(labels: labels, expressions: $0) }
    }

    /// Of a cluster policy, whose schema has no `matchLabels`.
    static func cluster(_ field: Field) -> PolicySelector? {
        guard let fields = field.mapping(known: ["matchExpressions"]) else { return nil }
        guard let expressions = expressions(fields["matchExpressions"], keys: [.namespace, .label]) else { return nil }
        if expressions.isEmpty {
            field.warning(
                "empty-selector", "a cluster policy without matchExpressions selects nothing",
                "add an expression with the key namespace or label")
        }
        return PolicySelector(labels: [:], expressions: expressions)
    }

    private static func expressions(
        _ field: Field?, keys: [PolicySelector.Expression.Key]
    ) -> [PolicySelector.Expression]? {
        var expressions: [PolicySelector.Expression] = []
        for element in field?.sequence() ?? [] {
            guard let expression = expression(element, keys) else { return nil }
            expressions.append(expression)
        }
        return expressions
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

    private static func expression(
        _ field: Field, _ keys: [PolicySelector.Expression.Key]
    ) -> PolicySelector.Expression? {
        guard let fields = field.mapping(known: ["key", "operator", "values"]) else { return nil }
        guard let keyField = fields["key"], let operatorField = fields["operator"], let values = fields["values"] else {
            field.error("missing-field", "key, operator or values is missing", "write all three")
            return nil
        }
        guard let name = keyField.string(), let operatorName = operatorField.string(), let items = values.strings()
        else { return nil }
        guard let key = keys.first(where: { $0.rawValue == name }) else {
            keyField.error(
                "bad-selector", "'\(name)' is not a key here", "write \(keys.map(\.rawValue).joined(separator: " or "))"
            )
            return nil
        }
        guard let meaning = PolicySelector.Expression.Operator(rawValue: operatorName) else {
            operatorField.error("bad-selector", "'\(operatorName)' is not an operator", "write In or NotIn")
            return nil
        }
        for label in items where key == .label && !label.contains("=") {
            values.error("bad-selector", "'\(label)' is not a label", "write it as key=value")
            return nil
        }
        return PolicySelector.Expression(key: key, operator: meaning, values: items)
    }
}
