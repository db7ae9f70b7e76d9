// SPDX-License-Identifier: Apache-2.0

/// Where functions begin and how long they are, in lines from the declaration to the closing brace.
enum FunctionLengths {
    struct Function {
        /// Numbered from 1.
        let line: Int
        let length: Int
    }

    /// Functions of a C file in the kernel's style: both braces of a body are in the first column.
    static func ofC(_ lines: [Substring]) -> [Function] {
        var functions: [Function] = []
        var start: Int?
        for (index, line) in lines.enumerated() {
            if line == "{" {
                start = index
            } else if line.hasPrefix("}"), let first = start {
                functions.append(Function(line: first + 1, length: index - first + 1))
                start = nil
            }
        }
        return functions
    }

    /// Functions, initialisers and accessors with a name of their own in a Swift file, nested ones too.
    static func ofSwift(_ code: SwiftCode) -> [Function] {
        var functions: [Function] = []
        var pending: (line: Int, parentheses: Int)?
        var open: [(start: Int, depth: Int)] = []
        var depth = 0
        var parentheses = 0
        var line = 1
        for token in tokens(of: code.bytes) {
            switch token {
            case "\n": line += 1
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{":
                depth += 1
                if let start = pending, start.parentheses == parentheses {
                    open.append((start.line, depth))
                    pending = nil
                }
            case "}":
                // The end of a protocol: a requirement has no body.
                if pending?.parentheses == parentheses { pending = nil }
                if let last = open.last, last.depth == depth {
                    functions.append(Function(line: last.start, length: line - last.start + 1))
                    open.removeLast()
                }
                depth -= 1
            case "func", "init", "deinit", "subscript": pending = (line, parentheses)
            case "var", "let", "case", "struct", "enum", "class", "typealias":
                if pending?.parentheses == parentheses { pending = nil }
            default: break
            }
        }
        return functions
    }

    /// Words, brackets and newlines; a word behind a dot is a use, not a declaration.
    private static func tokens(of bytes: [UInt8]) -> [String] {
        var tokens: [String] = []
        var word: [UInt8] = []
        var isMember = false
        for byte in bytes + [UInt8(ascii: "\n")] {
            let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
            if isLetter || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "`") || (byte >= 0x30 && byte <= 0x39) {
                word.append(byte)
                continue
            }
            if !word.isEmpty, !isMember {
                tokens.append(String(decoding: word, as: UTF8.self))
            }
            word = []
            isMember = byte == UInt8(ascii: ".")
            if "(){}[]\n".utf8.contains(byte) {
                tokens.append(String(UnicodeScalar(byte)))
            }
        }
        return tokens
    }
}
