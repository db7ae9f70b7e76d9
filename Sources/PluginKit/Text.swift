// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// Bytes of the daemon's, UTF-8 where text is meant, any byte but NUL in paths. A view: valid until the entry that got
/// it returns. Whoever wants to keep it takes `string`.
public struct Text {
    /// The daemon owns the bytes and keeps them until the entry returns.
    @usableFromInline let bytes: UnsafeBufferPointer<UInt8>

    /// NULL, or a length that no memory can have, is an empty text.
    init(_ string: kubearmor_string) {
        guard let data = string.data, let length = Int(exactly: string.length) else {
            bytes = UnsafeBufferPointer(start: nil, count: 0)
            return
        }
        let start = UnsafeRawPointer(data).assumingMemoryBound(to: UInt8.self)
        bytes = UnsafeBufferPointer(start: start, count: length)
    }

    /// An empty text is an absent field.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Bytes of it as a JSON string at most, with its quotes and what separates it.
    var longestJSON: Int { bytes.count * JSONText.longestEscape + 4 }

    /// A copy; bytes that are not UTF-8 become U+FFFD.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Lends the bytes without copying them.
    @inlinable
    public func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.span)
    }
}
