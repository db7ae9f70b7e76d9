// SPDX-License-Identifier: Apache-2.0

/// One message of the conversation: its length in four bytes, the highest first, then its text.
public struct HookFrame: Sendable {
    /// A message that nobody waits for.
    public struct TooLong: Error, Sendable, Hashable, CustomStringConvertible {
        let size: Int
        let limit: Int

        public var description: String { "a message of \(size) bytes: at most \(limit) are taken" }
    }

    public static let requestLimit = 1 << 18
    public static let answerLimit = 1 << 14

    private let limit: Int
    private var bytes: [UInt8] = []

    public init(limit: Int) { self.limit = limit }

    public static func bytes(of text: String) -> [UInt8] {
        let body = Array(text.utf8)
        return withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
    }

    /// How many bytes are still wanted; 0 when the message is complete.
    public var missing: Int { bytes.count < 4 ? 4 - bytes.count : 4 + size - bytes.count }

    /// Takes what was received, never more than ``missing``.
    public mutating func append(_ more: some Collection<UInt8>) throws(TooLong) {
        precondition(more.count <= missing, "one message at a time")
        bytes += more
        if bytes.count >= 4, size > limit { throw TooLong(size: size, limit: limit) }
    }

    /// The text, once it is complete.
    public var text: String { String(decoding: bytes.dropFirst(4), as: UTF8.self) }

    private var size: Int { bytes[..<4].reduce(0) { $0 << 8 | Int($1) } }
}
