// SPDX-License-Identifier: Apache-2.0

/// The meaning of globs written a second time, as plainly as possible: alternatives are written out, then every way to
/// match is tried.
struct NaiveGlob {
    private let alternatives: [[GlobToken]]

    /// - Throws: when the text is not a glob, or a larger one than this matcher writes out.
    init(_ text: [UInt8]) throws(GlobReader.Failed) {
        var reader = GlobReader(text)
        alternatives = try reader.read()
    }

    func matches(_ path: [UInt8]) -> Bool {
        alternatives.contains { tokens in
            var dead = Set<Int>()
            return Self.match(tokens, 0, path, 0, &dead)
        }
    }

    /// - Parameter dead: places (token, byte) from which nothing was found.
    private static func match(
        _ tokens: [GlobToken], _ token: Int, _ path: [UInt8], _ place: Int, _ dead: inout Set<Int>
    ) -> Bool {
        if token == tokens.count { return place == path.count }
        let key = token * (path.count + 1) + place
        if dead.contains(key) { return false }
        let ends = ends(tokens, token, path, place)
        if ends.contains(where: { match(tokens, token + 1, path, $0, &dead) }) { return true }
        dead.insert(key)
        return false
    }

    /// Where the text that one token takes from `place` on can end.
    private static func ends(_ tokens: [GlobToken], _ token: Int, _ path: [UInt8], _ place: Int) -> [Int] {
        switch tokens[token] {
        case .byte(let byte):
            return place < path.count && path[place] == byte ? [place + 1] : []
        case .member(let table):
            return place < path.count && table[Int(path[place])] ? [place + 1] : []
        case .character(let excluded):
            guard let length = characterLength(path[place...]) else { return [] }
            return length == 1 && excluded[Int(path[place])] ? [] : [place + length]
        case .asterisks(let count):
            let isWhole =
                token > 0 && tokens[token - 1] == .slash
                && (token + 1 == tokens.count || tokens[token + 1] == .slash)
            let upTo = count > 1 ? path.count : path[place...].firstIndex(of: GlobToken.slashByte) ?? path.count
            if !isWhole { return Array(place...upTo) }
            // A whole component begins with something.
            guard place < path.count, path[place] != GlobToken.slashByte else { return [] }
            return Array((place + 1)...upTo)
        }
    }

    /// How many bytes the character has with which `text` begins; nil for half a character.
    private static func characterLength(_ text: ArraySlice<UInt8>) -> Int? {
        guard let lead = text.first else { return nil }
        let length = lead < 0xC0 || lead > 0xF7 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        let rest = text.dropFirst().prefix(length - 1)
        return rest.count == length - 1 && rest.allSatisfy { $0 & 0xC0 == 0x80 } ? length : nil
    }

    /// A path that the glob matches, as `choices` decide; nil when they lead to none.
    func sample(_ choices: inout ByteReader) -> [UInt8]? {
        guard !alternatives.isEmpty else { return nil }
        var path: [UInt8] = []
        for token in alternatives[choices.below(alternatives.count)] {
            switch token {
            case .byte(let byte): path.append(byte)
            case .member(let table):
                let members = (0...255).filter { table[$0] }
                path.append(UInt8(members[choices.below(members.count)]))
            case .character: path += choices.below(4) == 0 ? [0xC3, 0xA9] : [UInt8(ascii: "q")]
            case .asterisks(let count):
                let texts = count > 1 ? ["", "a", "a/b", "/", "ab/"] : ["", "a", "ab", "b"]
                path += Array(texts[choices.below(texts.count)].utf8)
            }
        }
        return path
    }
}
