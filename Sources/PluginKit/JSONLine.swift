// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginABI

/// Writes one JSON object into memory that is known to be large enough, see ``Record/longestLine``.
struct JSONLine {
    /// Where the next byte goes.
    private(set) var end: UnsafeMutablePointer<UInt8>
    private var isFirstField = true

    /// - Parameter start: room that outlives this value and that nobody else uses
    init(_ start: UnsafeMutablePointer<UInt8>) { end = start }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        end.pointee = byte
        end += 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        memcpy(end, text.utf8Start, text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func put(_ text: Text) { end = JSONText.put(text.bytes, at: end) }

    @inline(__always)
    mutating func separate() {
        if !isFirstField { put(UInt8(ascii: ",")) }
        isFirstField = false
    }

    @inline(__always)
    mutating func key(_ name: StaticString) {
        separate()
        put(UInt8(ascii: "\""))
        put(name)
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
    }

    @inline(__always)
    mutating func field(_ name: StaticString, _ text: Text) {
        guard !text.isEmpty else { return }
        key(name)
        put(text)
    }

    @inline(__always)
    mutating func field(_ name: StaticString, _ number: Int64, always: Bool = false) {
        guard always || number != 0 else { return }
        key(name)
        end = JSONText.put(number, at: end)
    }

    @inline(__always)
    mutating func openObject() {
        put(UInt8(ascii: "{"))
        isFirstField = true
    }

    @inline(__always)
    mutating func closeObject() {
        put(UInt8(ascii: "}"))
        isFirstField = false
    }
}

/// JSON texts and numbers in plain memory.
enum JSONText {
    /// Bytes that one byte of a text becomes at most: `\u00NN`.
    static let longestEscape = 6

    /// Writes the bytes as a JSON string with its quotes and returns where it ends. The room is for
    /// ``longestEscape`` bytes each and the quotes.
    ///
    /// Every line parses anywhere and loses nothing: a byte that is not part of valid UTF-8 is written as the four
    /// characters `\xNN`, and a backslash before an `x` as `\x5c`, so that reading `\xNN` back as one byte restores
    /// the bytes. (U+FFFD would lose the byte; a lone surrogate makes strict parsers refuse the line, and with it the
    /// alert of whoever chose that file name.)
    @inline(__always)
    static func put(
        _ text: UnsafeBufferPointer<UInt8>, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        place.pointee = UInt8(ascii: "\"")
        let start = place + 1
        let end = putBytes(text, at: start)
        end.pointee = UInt8(ascii: "\"")
        return end + 1
    }

    private static func putBytes(
        _ text: UnsafeBufferPointer<UInt8>, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard let base = text.baseAddress else { return place }
        let count = text.count
        let source = UnsafeRawPointer(base)
        let target = UnsafeMutableRawPointer(place)
        var index = 0
        // Eight bytes at a time as long as all are plain.
        while index + 8 <= count {
            let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if needsAttention(word) { return putRest(text, from: index, at: place + index) }
            target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < count {
            if base[index].needsAttention { return putRest(text, from: index, at: place + index) }
            place[index] = base[index]
            index += 1
        }
        return place + count
    }

    /// Whether one of the eight bytes is not plain ASCII that JSON takes as it is.
    @inline(__always)
    private static func needsAttention(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8.quote))
        let backslashes = word ^ (ones &* UInt64(UInt8.backslash))
        // A byte below n borrows from its highest bit, unless that was set, which counts by itself.
        let controls = word &- (ones &* 0x20)
        let found = controls | (quotes &- ones) | (backslashes &- ones) | word
        return found & (ones &* 0x80) != 0
    }

    private static func putRest(
        _ text: UnsafeBufferPointer<UInt8>, from first: Int, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var place = place
        var index = first
        while index < text.count {
            let byte = text[index]
            let length = byte < 0x80 ? (byte.needsAttention ? 0 : 1) : text.span.lengthOfScalar(at: index)
            guard length > 0 else {
                place = putEscape(of: byte, before: index + 1 < text.count ? text[index + 1] : 0, at: place)
                index += 1
                continue
            }
            for offset in 0..<length { place[offset] = text[index + offset] }
            place += length
            index += length
        }
        return place
    }

    private static func putEscape(
        of byte: UInt8, before next: UInt8, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        switch byte {
        case .quote: put(#"\""#, at: place)
        case .backslash where next == UInt8(ascii: "x"): put(#"\\x5c"#, at: place)
        case .backslash: put(#"\\"#, at: place)
        case 0x08: put(#"\b"#, at: place)
        case 0x09: put(#"\t"#, at: place)
        case 0x0a: put(#"\n"#, at: place)
        case 0x0c: put(#"\f"#, at: place)
        case 0x0d: put(#"\r"#, at: place)
        case 0x80...: putHexadecimal(byte, at: put(#"\\x"#, at: place))
        default: putHexadecimal(byte, at: put(#"\u00"#, at: place))
        }
    }

    private static func put(_ text: StaticString, at place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
    {
        memcpy(place, text.utf8Start, text.utf8CodeUnitCount)
        return place + text.utf8CodeUnitCount
    }

    static func putHexadecimal(
        _ byte: UInt8, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        place[0] = hexadecimal(byte >> 4)
        place[1] = hexadecimal(byte & 0xf)
        return place + 2
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }

    /// Digits and sign of any number.
    static let longestNumber = 20

    /// Writes a number in decimal and returns where it ends.
    static func put(_ number: Int64, at place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var start = place
        if number < 0 {
            start.pointee = UInt8(ascii: "-")
            start += 1
        }
        var rest = number.magnitude
        var digits = 1
        var limit: UInt64 = 10
        while digits < 19, rest >= limit {
            digits += 1
            limit *= 10
        }
        let end = start + digits
        var next = end
        repeat {
            next -= 1
            next.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while next > start
        return end
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// Not plain ASCII that JSON takes as it is.
    @inline(__always)
    fileprivate var needsAttention: Bool {
        self < 0x20 || self == .quote || self == .backslash || self >= 0x80
    }
}
