// SPDX-License-Identifier: Apache-2.0
public import JSON

/// One line of a stream or a file of alerts, logs and messages: an object with KubeArmor's field names.
public struct EventLine: Sendable {
    /// What a line tells of.
    public enum Kind: String, Sendable, CaseIterable {
        case alert, log, message
        /// About the stream itself: what was dropped, that it ends.
        case notice
    }

    public let kind: Kind
    public let value: JSONValue
    /// As it was read, without its newline.
    public let text: String

    /// Nil for a line that is no object.
    public init?(_ text: String) {
        guard let value = JSONParser.parse(text), case .object = value else { return nil }
        self.value = value
        self.text = text
        kind = Self.kind(of: value)
    }

    private static func kind(of value: JSONValue) -> Kind {
        let type = value["Type"]?.string ?? ""
        if ["subscribed", "dropped", "end", "refused"].contains(type) { return .notice }
        if value["Level"] != nil { return .message }
        return type.hasSuffix("Log") ? .log : .alert
    }

    /// The text of a field; "" when it is absent.
    public func text(of field: EventField) -> String {
        var found: JSONValue? = value
        for part in field.path { found = found?[key: part] }
        return Self.plain(found)
    }

    /// The text of a field of the first level.
    public subscript(name: String) -> String { Self.plain(value[name]) }

    /// All fields in their order, those of objects as `Owner.Name`.
    public var fields: [(name: String, text: String)] {
        guard case .object(let members) = value else { return [] }
        return members.flatMap { member -> [(name: String, text: String)] in
            guard case .object(let inner) = member.value else { return [(member.key, Self.plain(member.value))] }
            return inner.map { ("\(member.key).\($0.key)", Self.plain($0.value)) }
        }
    }

    private static func plain(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case .integer(let number): String(number)
        case .array(let values): values.map { plain($0) }.joined(separator: ",")
        case .some(let other): other.text
        }
    }
}

extension JSONValue {
    /// The member of that name, whatever its letters' case when there is none that is written so.
    fileprivate subscript(key name: String) -> JSONValue? {
        if let member = self[name] { return member }
        guard case .object(let members) = self else { return nil }
        let lower = name.lowercased()
        return members.first { $0.key.lowercased() == lower }?.value
    }
}
