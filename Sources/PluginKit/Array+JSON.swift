// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends the bytes as a JSON string with its quotes.
    ///
    /// Every line parses anywhere and loses nothing: a byte that is not part of valid UTF-8 is written as the four
    /// characters `\xNN`, and a backslash before an `x` as `\x5c`, so that reading `\xNN` back as one byte restores
    /// the bytes. (U+FFFD would lose the byte; a lone surrogate makes strict parsers refuse the line, and with it the
    /// alert of whoever chose that file name.)
    public mutating func appendJSON(_ text: Span<UInt8>) {
        append(.quote)
        var index = 0
        var pending = 0
        while index < text.count {
            let byte = text[index]
            if !byte.needsAttention {
                index += 1
                continue
            }
            let length = byte < 0x80 ? 0 : text.lengthOfScalar(at: index)
            if length > 0 {
                index += length
                continue
            }
            append(text.extracting(pending..<index))
            let next = index + 1 < text.count ? text[index + 1] : 0
            appendEscape(of: byte, before: next)
            index += 1
            pending = index
        }
        append(text.extracting(pending..<index))
        append(.quote)
    }

    private mutating func appendEscape(of byte: UInt8, before next: UInt8) {
        switch byte {
        case .quote: append(#"\""#)
        case .backslash where next == UInt8(ascii: "x"): append(#"\\x5c"#)
        case .backslash: append(#"\\"#)
        case 0x08: append(#"\b"#)
        case 0x09: append(#"\t"#)
        case 0x0a: append(#"\n"#)
        case 0x0c: append(#"\f"#)
        case 0x0d: append(#"\r"#)
        case 0x80...:
            append(#"\\x"#)
            appendHexadecimal(byte)
        default:
            append(#"\u00"#)
            appendHexadecimal(byte)
        }
    }

    private mutating func appendHexadecimal(_ byte: UInt8) {
        for digit in [byte >> 4, byte & 0xf] {
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Appends a number in decimal.
    public mutating func appendDecimal(_ number: Int64) {
        if number < 0 {
            append(UInt8(ascii: "-"))
        }
        let start = count
        var rest = number.magnitude
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// Not plain ASCII that JSON takes as it is.
    fileprivate var needsAttention: Bool {
        self < 0x20 || self == .quote || self == .backslash || self >= 0x80
    }
}

extension Span<UInt8> {
    /// Bytes of the well-formed UTF-8 sequence that starts here (Unicode, table 3-7); 0 when there is none.
    fileprivate func lengthOfScalar(at index: Int) -> Int {
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
