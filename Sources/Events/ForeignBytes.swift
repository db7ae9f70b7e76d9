// SPDX-License-Identifier: Apache-2.0

/// Bytes that are no UTF-8, kept in a `String`: file names may hold any.
///
/// Byte `b` becomes U+10FF00 + b, of the private plane; these characters themselves are taken apart likewise where they
/// come in, so that ``restore(_:into:)`` gives back exactly the bytes that ``text(of:)`` was given.
enum ForeignBytes {
    /// First byte of the characters that stand for bytes; no common text has it.
    private static let mark: UInt8 = 0xf4

    static func text(of bytes: UnsafeRawBufferPointer) -> String {
        if !bytes.contains(mark), let text = String(validating: bytes, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        var index = 0
        while index < bytes.count {
            let (scalar, length) = decode(bytes, at: index)
            scalars.append(scalar)
            index += length
        }
        return String(scalars)
    }

    /// The character at `index`, or the one that stands for the byte there.
    private static func decode(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int) {
        for length in 1...4 where index + length <= bytes.count {
            guard let text = String(validating: bytes[index..<index + length], as: UTF8.self),
                let scalar = text.unicodeScalars.first, scalar.value < 0x10ff80
            else { continue }
            return (scalar, length)
        }
        return (Unicode.Scalar(0x10ff00 + UInt32(bytes[index])) ?? "\u{fffd}", 1)
    }

    /// Writes the bytes that a text in UTF-8 stands for to `place`, which has room for all of the text; returns how
    /// many they are.
    static func restore(_ text: UnsafeBufferPointer<UInt8>, into place: UnsafeMutablePointer<UInt8>) -> Int {
        guard let base = text.baseAddress, text.contains(mark) else {
            if let base = text.baseAddress { place.update(from: base, count: text.count) }
            return text.count
        }
        var read = 0
        var written = 0
        while read < text.count {
            var byte = base[read]
            if byte == mark, read + 3 < text.count, text[read + 1] == 0x8f, text[read + 2] >= 0xbe {
                byte = 0x80 | (text[read + 2] & 1) << 6 | text[read + 3] & 0x3f
                read += 3
            }
            place[written] = byte
            read += 1
            written += 1
        }
        return written
    }
}
