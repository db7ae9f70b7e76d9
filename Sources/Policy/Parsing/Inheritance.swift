// SPDX-License-Identifier: Apache-2.0

/// What rules inherit from their section and from the spec, field by field.
struct Inheritance {
    var action: Action?
    var severity: Int?
    var tags: [String] = []
    var message = ""

    static let fields = ["severity", "tags", "message", "action"]

    /// Own values of a rule, section or spec, and for what it does not say those of the level above.
    init(_ fields: [String: Field], above: Inheritance?) {
        action = fields["action"].flatMap(Self.action) ?? above?.action
        severity = fields["severity"].flatMap(Self.severity) ?? above?.severity
        tags = fields["tags"]?.strings() ?? []
        if tags.isEmpty { tags = above?.tags ?? [] }
        message = fields["message"]?.string() ?? ""
        if message.isEmpty { message = above?.message ?? "" }
    }

    static func action(_ field: Field) -> Action? {
        guard let text = field.string() else { return nil }
        if text.isEmpty { return nil }
        for action in Action.allCases where text.lowercased() == action.name.lowercased() {
            if text != action.name {
                field.warning("action-case", "'\(text)' is read as \(action.name)", "write \(action.name)")
            }
            return action
        }
        field.error("bad-action", "'\(text)' is not an action", "write Allow, Audit or Block")
        return nil
    }

    private static func severity(_ field: Field) -> Int? {
        guard let value = field.integer() else { return nil }
        if (1...10).contains(value) { return value }
        field.error("bad-severity", "the severity \(value) is out of range", "write a number from 1 to 10")
        return nil
    }
}
