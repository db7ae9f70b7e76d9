// SPDX-License-Identifier: Apache-2.0

/// A set of byte values.
struct ByteSet: Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    /// Every byte that a path can hold: all but NUL.
    static let all = ByteSet(1...255)
    /// Every byte of a path component.
    static let component = all.subtracting(ByteSet([UInt8(ascii: "/")]))

    var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

    var count: Int {
        words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
    }

    func contains(_ byte: UInt8) -> Bool {
        let mask = UInt64(1) << (UInt64(byte) & 63)
        return switch byte >> 6 {
        case 0: words.0 & mask != 0
        case 1: words.1 & mask != 0
        case 2: words.2 & mask != 0
        default: words.3 & mask != 0
        }
    }

    mutating func insert(_ byte: UInt8) {
        let mask = UInt64(1) << (UInt64(byte) & 63)
        switch byte >> 6 {
        case 0: words.0 |= mask
        case 1: words.1 |= mask
        case 2: words.2 |= mask
        default: words.3 |= mask
        }
    }

    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 |= other.words.0
        result.words.1 |= other.words.1
        result.words.2 |= other.words.2
        result.words.3 |= other.words.3
        return result
    }

    func intersection(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 &= other.words.0
        result.words.1 &= other.words.1
        result.words.2 &= other.words.2
        result.words.3 &= other.words.3
        return result
    }

    func subtracting(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 &= ~other.words.0
        result.words.1 &= ~other.words.1
        result.words.2 &= ~other.words.2
        result.words.3 &= ~other.words.3
        return result
    }

    /// Calls `body` for every member, in ascending order.
    func forEach(_ body: (UInt8) -> Void) {
        func visit(_ word: UInt64, _ base: Int) {
            var rest = word
            while rest != 0 {
                body(UInt8(base + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        visit(words.0, 0)
        visit(words.1, 64)
        visit(words.2, 128)
        visit(words.3, 192)
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
