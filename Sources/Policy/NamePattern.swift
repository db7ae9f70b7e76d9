// SPDX-License-Identifier: Apache-2.0

/// Names with wildcards, as selectors use them: `*` (also written `.*`) stands for any text, also none.
enum NamePattern {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let pieces = normalised(pattern).split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return pieces.first.map { $0 == name } ?? name.isEmpty }
        guard name.hasPrefix(pieces[0]) else { return false }
        var rest = name.dropFirst(pieces[0].count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let end = end(of: piece, in: rest) else { return false }
            rest = rest[end...]
        }
        return rest.hasSuffix(pieces[pieces.count - 1])
    }

    private static func normalised(_ pattern: String) -> String {
        var result = ""
        for character in pattern {
            if character == "*", result.last == "." { result.removeLast() }
            result.append(character)
        }
        return result
    }

    private static func end(of piece: Substring, in text: Substring) -> String.Index? {
        var start = text.startIndex
        while true {
            if text[start...].hasPrefix(piece) { return text.index(start, offsetBy: piece.count) }
            guard start < text.endIndex else { return nil }
            start = text.index(after: start)
        }
    }
}
