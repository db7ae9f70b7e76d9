// SPDX-License-Identifier: Apache-2.0

/// One step of a pattern over bytes.
enum PatternElement: Hashable {
    /// This byte.
    case byte(UInt8)
    /// One byte of the set.
    case set(ByteSet)
    /// Any number of bytes of the set, also none.
    case loop(ByteSet)
    /// At least one byte of the set.
    case plus(ByteSet)
    /// One character: an ASCII one of the set or any other in UTF-8. A byte that can only continue a character and
    /// begins none counts as a character, so that names in other encodings can be matched too.
    case character(ByteSet)
}

extension PatternElement {
    /// The bytes that begin a character of `length` bytes.
    static func leads(ofLength length: Int) -> ClosedRange<UInt8> {
        switch length {
        case 2: 0xC0...0xDF
        case 3: 0xE0...0xEF
        default: 0xF0...0xF7
        }
    }

    static let continuations: ClosedRange<UInt8> = 0x80...0xBF
    /// Bytes that are a character by themselves though not ASCII.
    static let strays = ByteSet(0x80...0xBF).union(ByteSet(0xF8...0xFF))
}

extension PatternElement {
    /// The byte that it stands for by itself, nil for one that stands for more.
    var byte: UInt8? {
        if case .byte(let byte) = self { byte } else { nil }
    }

    /// Bytes that it matches: as few as possible, or a few.
    func sample(isLong: Bool) -> [UInt8] {
        switch self {
        case .byte(let byte): [byte]
        case .set(let set), .character(let set): [Self.letter(of: set)]
        case .loop(let set): isLong ? [Self.letter(of: set), Self.letter(of: set)] : []
        case .plus(let set): isLong ? [Self.letter(of: set), Self.letter(of: set)] : [Self.letter(of: set)]
        }
    }

    /// A byte of the set that is good to read: a letter if there is one.
    private static func letter(of set: ByteSet) -> UInt8 {
        let readable = Array("xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-".utf8)
        return (readable + Array(1...255)).first(where: set.contains) ?? UInt8(ascii: "x")
    }
}
