// SPDX-License-Identifier: Apache-2.0

/// The code of a Swift file: comments and the contents of strings are blanks, newlines stay.
struct SwiftCode {
    private(set) var bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        while position < bytes.count {
            skipOne()
        }
    }

    var lines: [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            position + wanted.count <= bytes.count
                && bytes[position..<position + wanted.count].elementsEqual(wanted)
        }
    }

    private mutating func skipOne() {
        if starts(with: "//") {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank() }
        } else if starts(with: "/*") {
            skipComment()
        } else if let hashes = hashesOfString() {
            skipString(hashes: hashes)
        } else {
            position += 1
        }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < bytes.count
    }

    /// The number of `#` before a quote here; nil when no string starts here.
    private func hashesOfString() -> Int? {
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
        let quote = position + hashes
        return quote < bytes.count && bytes[quote] == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func skipString(hashes: Int) {
        blank(hashes)
        let isLong = starts(with: "\"\"\"")
        let quotes = isLong ? 3 : 1
        blank(quotes)
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\\"), has(hashes, at: position + 1) {
                blank(1 + hashes)
                if starts(with: "(") { skipInterpolation() } else { blank() }
            } else if isLong ? starts(with: "\"\"\"") : starts(with: "\""), has(hashes, at: position + quotes) {
                return blank(quotes + hashes)
            } else {
                blank()
            }
        }
    }

    private func has(_ hashes: Int, at start: Int) -> Bool {
        start + hashes <= bytes.count && bytes[start..<start + hashes].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func skipInterpolation() {
        var depth = 0
        repeat {
            if let hashes = hashesOfString() {
                skipString(hashes: hashes)
                continue
            }
            if starts(with: "(") { depth += 1 }
            if starts(with: ")") { depth -= 1 }
            blank()
        } while depth > 0 && position < bytes.count
    }

    private mutating func blank(_ count: Int = 1) {
        for index in position..<min(position + count, bytes.count) where bytes[index] != UInt8(ascii: "\n") {
            bytes[index] = UInt8(ascii: " ")
        }
        position = min(position + count, bytes.count)
    }
}
