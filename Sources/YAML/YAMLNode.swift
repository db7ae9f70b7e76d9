// SPDX-License-Identifier: Apache-2.0

/// One value of a document as it is written: nothing is resolved, and an alias stays one, so that no text can make
/// more values than it has characters.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        /// Text; `isPlain` where it stands without quotes and may be meant as a number, a truth value or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text; no name is there twice.
        case mapping(YAMLMapping)
        /// The anchor's name.
        case alias(String)
    }

    public let content: Content
    /// Where it begins.
    public let mark: YAMLMark
    /// The tag that is written at it, in full; empty without one.
    public let tag: String
    /// The anchor that is written at it.
    public let anchor: String?

    /// The text of a scalar, plain or not.
    public var string: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    public var sequence: [YAMLNode]? {
        if case .sequence(let nodes) = content { nodes } else { nil }
    }

    public var mapping: YAMLMapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// The text of a scalar without quotes.
    public var plain: String? {
        if case .scalar(let text, isPlain: true) = content { text } else { nil }
    }

    /// A decimal number without quotes.
    public var integer: Int? { plain.flatMap { Int($0) } }
}

/// The fields of a mapping.
public struct YAMLMapping: Sendable {
    public typealias Field = (key: YAMLNode, value: YAMLNode)

    public let fields: [Field]

    /// The value of a field by its name.
    public subscript(name: String) -> YAMLNode? {
        fields.first { $0.key.string == name }?.value
    }
}

extension YAMLMapping: Sequence {
    public func makeIterator() -> Array<Field>.Iterator { fields.makeIterator() }
}
