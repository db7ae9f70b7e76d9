// SPDX-License-Identifier: Apache-2.0

/// A path pattern: `*` stays within a component, `**` crosses, `?` is one character other than `/`, `[…]` a class
/// (`[^…]` and `[!…]` negated, never `/`), `{a,b}` alternatives, `\` escapes. `*` and `**` that stand for whole
/// components match at least one character.
struct Glob {
    /// How many plain patterns one glob's alternatives may multiply to.
    static let alternativeLimit = 1_000
    /// How many elements those patterns may have together.
    static let elementLimit = 200_000
    /// How deep alternatives may be nested.
    static let nestingLimit = 16

    /// The glob without alternatives: it matches what one of these matches.
    let alternatives: [[PatternElement]]
    /// Number of bytes before the first character with a meaning of its own.
    let literalPrefixLength: Int

    init(_ text: String) throws(GlobError) {
        var parser = GlobParser(text)
        alternatives = try parser.parse()
        literalPrefixLength = parser.literalPrefixLength
    }

    /// The bytes that every path that matches begins with.
    var literalPrefix: [UInt8] {
        let prefixes = alternatives.map { elements in
            elements.prefix { if case .byte = $0 { true } else { false } }.compactMap(\.byte)
        }
        guard var common = prefixes.first else { return [] }
        for prefix in prefixes.dropFirst() {
            common = zip(common, prefix).prefix { $0 == $1 }.map(\.0)
        }
        return common
    }

    /// Paths that match, the shortest of each alternative and a longer one, for a few alternatives.
    var samples: [[UInt8]] {
        alternatives.prefix(8).flatMap { elements in
            [elements.flatMap { $0.sample(isLong: false) }, elements.flatMap { $0.sample(isLong: true) }]
        }
    }

    /// Whether the whole of `bytes` matches.
    func matches(_ bytes: [UInt8]) -> Bool {
        alternatives.contains { Self.matches($0, bytes) }
    }

    private static func matches(_ elements: [PatternElement], _ bytes: [UInt8]) -> Bool {
        // reachable[i]: the elements so far can consume exactly the first i bytes.
        var reachable = [Bool](repeating: false, count: bytes.count + 1)
        reachable[0] = true
        for element in elements {
            reachable = step(reachable, element, bytes)
        }
        return reachable[bytes.count]
    }

    private static func step(_ reachable: [Bool], _ element: PatternElement, _ bytes: [UInt8]) -> [Bool] {
        var next = [Bool](repeating: false, count: reachable.count)
        for position in reachable.indices {
            switch element {
            case .byte(let byte):
                if reachable[position], position < bytes.count, bytes[position] == byte { next[position + 1] = true }
            case .set(let set):
                guard reachable[position], position < bytes.count else { continue }
                if set.contains(bytes[position]) { next[position + 1] = true }
            case .loop(let set):
                let carried = position > 0 && next[position - 1] && set.contains(bytes[position - 1])
                next[position] = reachable[position] || carried
            case .plus(let set):
                guard position > 0, set.contains(bytes[position - 1]) else { continue }
                next[position] = reachable[position - 1] || next[position - 1]
            case .character(let set):
                guard reachable[position] else { continue }
                let length = characterLength(bytes, at: position, ascii: set)
                if length > 0 { next[position + length] = true }
            }
        }
        return next
    }

    /// Length of the character at `position` if `?`-like elements match it, else 0.
    private static func characterLength(_ bytes: [UInt8], at position: Int, ascii: ByteSet) -> Int {
        guard position < bytes.count else { return 0 }
        let lead = bytes[position]
        if lead < 0x80 { return ascii.contains(lead) ? 1 : 0 }
        if PatternElement.strays.contains(lead) { return 1 }
        for length in 2...4 where PatternElement.leads(ofLength: length).contains(lead) {
            let end = position + length
            guard end <= bytes.count else { return 0 }
            let isWhole = bytes[(position + 1)..<end].allSatisfy(PatternElement.continuations.contains)
            return isWhole ? length : 0
        }
        return 0
    }
}
