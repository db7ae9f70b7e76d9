// SPDX-License-Identifier: Apache-2.0
import JSON

/// Writes a value as YAML in block style. Every text is in double quotes, whose escapes are those of JSON.
enum YAMLText {
    static func text(of value: JSONValue) -> String {
        lines(of: value).joined(separator: "\n")
    }

    private static func lines(of value: JSONValue) -> [String] {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            return elements.flatMap { element in
                let inner = lines(of: element)
                return ["- " + (inner.first ?? "")] + inner.dropFirst().map { "  " + $0 }
            }
        case .object(let members) where !members.isEmpty:
            return members.flatMap { member -> [String] in
                let inner = lines(of: member.value)
                guard isBlock(member.value) else { return ["\(member.key): " + (inner.first ?? "")] }
                return ["\(member.key):"] + inner.map { "  " + $0 }
            }
        default:
            return [value.text]
        }
    }

    private static func isBlock(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        default: false
        }
    }
}
