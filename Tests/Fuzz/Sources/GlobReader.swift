// SPDX-License-Identifier: Apache-2.0

/// Reads a glob's text and writes its alternatives out.
struct GlobReader {
    enum Failed: Error {
        case notAGlob
        case tooLarge
    }

    private static let alternativeLimit = 200
    private static let depthLimit = 16

    private var text: ArraySlice<UInt8>

    init(_ text: [UInt8]) {
        self.text = text[...]
    }

    mutating func read() throws(Failed) -> [[GlobToken]] {
        if text.contains(0) { throw .notAGlob }
        let result = try branch(depth: 0)
        if !text.isEmpty { throw .notAGlob }
        return result
    }

    /// Up to the end, or to the comma or brace that ends a branch of alternatives.
    private mutating func branch(depth: Int) throws(Failed) -> [[GlobToken]] {
        if depth > Self.depthLimit { throw .tooLarge }
        var results: [[GlobToken]] = [[]]
        while let byte = text.first, byte != UInt8(ascii: "}"), depth == 0 || byte != UInt8(ascii: ",") {
            let tokens = byte == UInt8(ascii: "{") ? try braces(depth: depth) : [[try token()]]
            if results.count * tokens.count > Self.alternativeLimit { throw .tooLarge }
            results = results.flatMap { head in tokens.map { head + $0 } }
        }
        return results
    }

    private mutating func braces(depth: Int) throws(Failed) -> [[GlobToken]] {
        var branches: [[GlobToken]] = []
        var separator: UInt8?
        repeat {
            text.removeFirst()
            branches += try branch(depth: depth + 1)
            separator = text.first
        } while separator == UInt8(ascii: ",")
        guard text.popFirst() == UInt8(ascii: "}") else { throw .notAGlob }
        return branches
    }

    private mutating func token() throws(Failed) -> GlobToken {
        guard let byte = text.popFirst() else { throw .notAGlob }
        switch byte {
        case UInt8(ascii: "\\"):
            guard let escaped = text.popFirst() else { throw .notAGlob }
            return .byte(escaped)
        case UInt8(ascii: "?"):
            return .character(excluded: Self.table([GlobToken.slashByte]))
        case UInt8(ascii: "*"):
            var count = 1
            while text.first == byte {
                text.removeFirst()
                count += 1
            }
            return .asterisks(count)
        case UInt8(ascii: "["):
            return try characterClass()
        default:
            return .byte(byte)
        }
    }

    private mutating func characterClass() throws(Failed) -> GlobToken {
        let isNegated = text.first == UInt8(ascii: "^") || text.first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        var members: [UInt8] = []
        // A bracket that comes first is a member.
        repeat {
            let low = try member()
            let isRange =
                text.first == UInt8(ascii: "-") && text.count > 1 && text.dropFirst().first != UInt8(ascii: "]")
            if isRange { text.removeFirst() }
            let high = isRange ? try member() : low
            if low > high { throw .notAGlob }
            members += low...high
        } while text.first != UInt8(ascii: "]")
        text.removeFirst()
        if isNegated { return .character(excluded: Self.table(members + [GlobToken.slashByte])) }
        return .member(Self.table(members))
    }

    private mutating func member() throws(Failed) -> UInt8 {
        if text.first == UInt8(ascii: "\\") { text.removeFirst() }
        guard let byte = text.popFirst(), byte < 0x80 else { throw .notAGlob }
        return byte
    }

    private static func table(_ bytes: [UInt8]) -> [Bool] {
        var table = [Bool](repeating: false, count: 256)
        for byte in bytes { table[Int(byte)] = true }
        return table
    }
}
