// SPDX-License-Identifier: Apache-2.0

/// A JSON value, for the status file and for `-o json`; objects keep the order of their keys.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that is no integer of 64 bits, with its digits.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// Equal when written alike.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        left.text == right.text
    }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }

    /// The member of an object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The text of a string, or the digits of a number that is none of ``integer``'s.
    public var string: String? {
        switch self {
        case .string(let value), .number(let value): value
        default: nil
        }
    }

    /// The number of an integer.
    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// An object with another value of the member, which comes last if it is new; of no object one.
    public func setting(_ key: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return .object([(key, value)]) }
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = value
        } else {
            members.append((key, value))
        }
        return .object(members)
    }

    /// The members of an object that are integers, in their order; none of another value.
    public var integers: [(key: String, value: Int64)] {
        guard case .object(let members) = self else { return [] }
        return members.compactMap { member in member.value.integer.map { (member.key, $0) } }
    }

    /// The elements of an array; none of another value.
    public var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// On one line.
    public var text: String {
        var output = ""
        write(to: &output, indent: nil)
        return output
    }

    /// On several lines, for people.
    public var indentedText: String {
        var output = ""
        write(to: &output, indent: 0)
        return output
    }

    private func write(to output: inout String, indent: Int?) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let digits): output += digits
        case .string(let value): output += Self.quoted(value)
        case .array(let values):
            Self.writeList(values, open: "[", close: "]", to: &output, indent: indent) { value, output, indent in
                value.write(to: &output, indent: indent)
            }
        case .object(let members):
            Self.writeList(members, open: "{", close: "}", to: &output, indent: indent) { member, output, indent in
                output += Self.quoted(member.key) + (indent == nil ? ":" : ": ")
                member.value.write(to: &output, indent: indent)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], open: String, close: String, to output: inout String, indent: Int?,
        each: (Element, inout String, Int?) -> Void
    ) {
        output += open
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { output += "," }
            if let inner { output += "\n" + String(repeating: " ", count: inner) }
            each(element, &output, inner)
        }
        if let indent, !elements.isEmpty { output += "\n" + String(repeating: " ", count: indent) }
        output += close
    }

    /// A string as JSON writes it, with its quotes.
    public static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
