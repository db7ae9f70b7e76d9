// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends the bytes of a span in one copy.
    @inlinable
    public mutating func append(_ span: Span<UInt8>) {
        span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends the bytes of a text that is known when the plugin is compiled.
    @inlinable
    public mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// The bytes in memory of just that size: what is kept for long has no room for more.
    public var exactCopy: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
