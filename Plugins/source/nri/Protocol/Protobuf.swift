// SPDX-License-Identifier: Apache-2.0

/// The bytes are no message of protobuf, or not the one that was expected.
package struct MalformedMessage: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A message of protobuf, field by field: NRI's are many, and few of their fields are of use here.
package struct ProtobufMessage: Sendable {
    package enum Value: Sendable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    /// In the order in which they came; fields of fixed length, which NRI does not use, are left out.
    package private(set) var fields: [(tag: UInt64, value: Value)] = []

    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        var rest = bytes
        while !rest.isEmpty {
            let key = try Self.number(&rest)
            guard key >> 3 > 0 else { throw MalformedMessage("a field has no number") }
            switch key & 7 {
            case 0: fields.append((key >> 3, .number(try Self.number(&rest))))
            case 1: _ = try Self.take(8, &rest)
            case 2: fields.append((key >> 3, .bytes(try Self.take(try Self.number(&rest), &rest))))
            case 5: _ = try Self.take(4, &rest)
            default: throw MalformedMessage("a field is of an unknown form")
            }
        }
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) throws(MalformedMessage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw MalformedMessage("it ends within a number") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw MalformedMessage("a number has too many digits")
    }

    private static func take(
        _ count: UInt64, _ rest: inout ArraySlice<UInt8>
    ) throws(MalformedMessage) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw MalformedMessage("it ends within a field") }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    /// 0 when it is not there.
    package func number(_ tag: UInt64) -> UInt64 {
        for case (tag, .number(let number)) in fields.reversed() { return number }
        return 0
    }

    /// Empty when it is not there.
    package func bytes(_ tag: UInt64) -> ArraySlice<UInt8> {
        for case (tag, .bytes(let bytes)) in fields.reversed() { return bytes }
        return []
    }

    package func text(_ tag: UInt64) -> String { String(decoding: bytes(tag), as: UTF8.self) }

    /// Nil when it is not there.
    package func message(_ tag: UInt64) throws(MalformedMessage) -> ProtobufMessage? {
        for case (tag, .bytes(let bytes)) in fields.reversed() { return try ProtobufMessage(bytes) }
        return nil
    }

    package func messages(_ tag: UInt64) throws(MalformedMessage) -> [ProtobufMessage] {
        var messages: [ProtobufMessage] = []
        for case (tag, .bytes(let bytes)) in fields { messages.append(try ProtobufMessage(bytes)) }
        return messages
    }

    /// A map of texts.
    package func texts(_ tag: UInt64) throws(MalformedMessage) -> [String: String] {
        var texts: [String: String] = [:]
        for entry in try messages(tag) { texts[entry.text(1)] = entry.text(2) }
        return texts
    }
}

/// Writes a message of protobuf. What is 0 or empty is left out, as proto3 has it.
package struct ProtobufWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ tag: UInt64, _ number: UInt64) {
        guard number != 0 else { return }
        add(digitsOf: tag << 3)
        add(digitsOf: number)
    }

    package mutating func add(_ tag: UInt64, _ text: String) { add(tag, Array(text.utf8)) }

    package mutating func add(_ tag: UInt64, _ content: [UInt8]) {
        guard !content.isEmpty else { return }
        add(digitsOf: tag << 3 | 2)
        add(digitsOf: UInt64(content.count))
        bytes += content
    }

    private mutating func add(digitsOf number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
