// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends the bytes as a JSON string with its quotes.
    ///
    /// It parses anywhere and loses nothing: a byte that is not part of valid UTF-8 is written as the four characters
    /// `\xNN`, and a backslash before an `x` as `\x5c`.
    public mutating func appendJSON(_ text: Span<UInt8>) {
        text.withUnsafeBufferPointer { text in
            appendJSON(room: text.count * JSONText.longestEscape + 2) { JSONText.put(text, at: $0) }
        }
    }

    /// Appends a number in decimal.
    public mutating func appendDecimal(_ number: Int64) {
        appendJSON(room: JSONText.longestNumber) { JSONText.put(number, at: $0) }
    }

    /// Appends two digits.
    public mutating func appendHexadecimal(_ byte: UInt8) {
        appendJSON(room: 2) { JSONText.putHexadecimal(byte, at: $0) }
    }

    /// Appends what `body` writes; it returns where that ends.
    @inline(__always)
    mutating func appendJSON(
        room: Int, _ body: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
    ) {
        append(addingCapacity: room) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                count = body(base + count) - base
            }
        }
    }
}

extension Span<UInt8> {
    /// Bytes of the well-formed UTF-8 sequence that starts here (Unicode, table 3-7); 0 when there is none.
    public func lengthOfScalar(at index: Int) -> Int {
        var second: ClosedRange<UInt8> = 0x80...0xbf
        let length: Int
        switch self[index] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        case 0xf1...0xf3: length = 4
        default: return 0
        }
        guard index + length <= count, second.contains(self[index + 1]) else { return 0 }
        for position in index + 2..<index + length where self[position] & 0xc0 != 0x80 {
            return 0
        }
        return length
    }
}
