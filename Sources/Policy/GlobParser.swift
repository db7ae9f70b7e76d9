// SPDX-License-Identifier: Apache-2.0

/// Turns a glob's text into patterns without alternatives.
struct GlobParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var isLiteralSoFar = true
    private(set) var literalPrefixLength = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func parse() throws(GlobError) -> [[PatternElement]] {
        if bytes.contains(0) { throw .containsNUL }
        let result = try sequence()
        if position < bytes.count { throw .unexpectedBrace }
        return result.map(Self.fillingComponents)
    }

    /// Parses up to the end, or inside alternatives up to `,` or `}`.
    private mutating func sequence() throws(GlobError) -> [[PatternElement]] {
        var result: [[PatternElement]] = [[]]
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "}") || (byte == UInt8(ascii: ",") && depth > 0) { break }
            if byte == UInt8(ascii: "{") {
                isLiteralSoFar = false
                result = try Self.product(result, alternatives())
                continue
            }
            let elements = try simple(byte)
            for index in result.indices { result[index] += elements }
            if result.count > 1, result.count * result[0].count > Glob.elementLimit { throw .tooManyAlternatives }
        }
        return result
    }

    private mutating func alternatives() throws(GlobError) -> [[PatternElement]] {
        depth += 1
        if depth > Glob.nestingLimit { throw .nestedTooDeeply }
        var result: [[PatternElement]] = []
        repeat {
            position += 1
            result += try sequence()
            if result.count > Glob.alternativeLimit { throw .tooManyAlternatives }
            guard position < bytes.count else { throw .unterminatedAlternatives }
        } while bytes[position] == UInt8(ascii: ",")
        position += 1
        depth -= 1
        return result
    }

    private static func product(
        _ heads: [[PatternElement]], _ tails: [[PatternElement]]
    ) throws(GlobError) -> [[PatternElement]] {
        if heads.count * tails.count > Glob.alternativeLimit { throw .tooManyAlternatives }
        return heads.flatMap { head in tails.map { head + $0 } }
    }

    private mutating func simple(_ byte: UInt8) throws(GlobError) -> [PatternElement] {
        switch byte {
        case UInt8(ascii: "*"):
            isLiteralSoFar = false
            return asterisks()
        case UInt8(ascii: "?"):
            isLiteralSoFar = false
            position += 1
            return [.character(Self.ascii)]
        case UInt8(ascii: "["):
            isLiteralSoFar = false
            return [try characterClass()]
        case UInt8(ascii: "\\"):
            guard position + 1 < bytes.count else { throw .trailingBackslash }
            position += 1
            return literal(bytes[position])
        default:
            return literal(byte)
        }
    }

    private mutating func literal(_ byte: UInt8) -> [PatternElement] {
        position += 1
        if isLiteralSoFar { literalPrefixLength += 1 }
        return [.byte(byte)]
    }

    private mutating func asterisks() -> [PatternElement] {
        let start = position
        while position < bytes.count, bytes[position] == UInt8(ascii: "*") { position += 1 }
        return [.loop(position - start > 1 ? .all : .component)]
    }

    /// Asterisks that stand for whole components match at least one character.
    private static func fillingComponents(_ elements: [PatternElement]) -> [PatternElement] {
        let slash = PatternElement.byte(UInt8(ascii: "/"))
        var result: [PatternElement] = []
        for (index, element) in elements.enumerated() {
            let isAfterSlash = index > 0 && elements[index - 1] == slash
            let isBeforeSlash = index + 1 == elements.count || elements[index + 1] == slash
            switch element {
            case .loop(.component) where isAfterSlash && isBeforeSlash: result.append(.plus(.component))
            case .loop(.all) where isAfterSlash && isBeforeSlash: result += [.set(.component), .loop(.all)]
            default: result.append(element)
            }
        }
        return result
    }

    private mutating func characterClass() throws(GlobError) -> PatternElement {
        position += 1
        let isNegated = position < bytes.count && [UInt8(ascii: "^"), UInt8(ascii: "!")].contains(bytes[position])
        if isNegated { position += 1 }
        var members = ByteSet()
        var isFirst = true
        while true {
            guard position < bytes.count else { throw .unterminatedClass }
            if bytes[position] == UInt8(ascii: "]"), !isFirst { break }
            if bytes[position] == UInt8(ascii: "]"), isFirst, !bytes[(position + 1)...].contains(UInt8(ascii: "]")) {
                throw .emptyClass
            }
            isFirst = false
            let low = try member()
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"),
                bytes[position + 1] != UInt8(ascii: "]")
            else {
                members.insert(low)
                continue
            }
            position += 1
            let high = try member()
            guard low <= high else { throw .badRange }
            members = members.union(ByteSet(low...high))
        }
        position += 1
        if isNegated { return .character(Self.ascii.subtracting(members)) }
        guard !members.isEmpty else { throw .emptyClass }
        return .set(members)
    }

    private mutating func member() throws(GlobError) -> UInt8 {
        if bytes[position] == UInt8(ascii: "\\") { position += 1 }
        guard position < bytes.count else { throw .unterminatedClass }
        let byte = bytes[position]
        guard byte < 0x80 else { throw .classNotASCII }
        position += 1
        return byte
    }

    private static let ascii = ByteSet(1...127).intersection(.component)
}
