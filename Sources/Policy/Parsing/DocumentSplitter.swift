// SPDX-License-Identifier: Apache-2.0

/// Finds the documents of a YAML stream, so that one with a syntax error does not take the others with it.
enum DocumentSplitter {
    struct Chunk {
        let text: String
        /// Number of lines before the chunk.
        let lineOffset: Int
    }

    /// Splits before every line that begins with the marker `---`, which YAML allows nowhere but between documents.
    static func split(_ text: String) -> [Chunk] {
        var chunks: [Chunk] = []
        var current: [Substring.UTF8View.SubSequence] = []
        var first = 0
        var hasContent = false
        for (number, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if isMarker(line), hasContent {
                chunks.append(chunk(current, first))
                current = []
                first = number
            }
            // Directives belong to the document that follows them.
            if isMarker(line) { hasContent = true } else if !isBlankOrDirective(line) { hasContent = true }
            current.append(line)
        }
        chunks.append(chunk(current, first))
        return chunks
    }

    private static func chunk(_ lines: [Substring.UTF8View.SubSequence], _ first: Int) -> Chunk {
        Chunk(text: lines.map { String(Substring($0)) }.joined(separator: "\n"), lineOffset: first)
    }

    private static func isMarker(_ line: Substring.UTF8View.SubSequence) -> Bool {
        guard line.starts(with: "---".utf8) else { return false }
        guard let next = line.dropFirst(3).first else { return true }
        return next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == UInt8(ascii: "\r")
    }

    private static func isBlankOrDirective(_ line: Substring.UTF8View.SubSequence) -> Bool {
        let text = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
        guard let first = text.first else { return true }
        return first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%")
    }
}
