// SPDX-License-Identifier: Apache-2.0
import Policy

/// A policy file as large as is read at all, because what takes too long does so only there.
///
/// The input has up to three parts with a line `~~~` between them: a head, what is repeated until the file is full, and
/// a tail. `@` in the middle becomes the number of the repetition. Without such a line everything is repeated.
enum ScaleTarget {
    static func run(_ text: String) {
        let parts = parts(Array(text.utf8))
        let room = PolicyParser.sizeLimit - parts.tail.count
        var bytes = parts.head
        bytes.reserveCapacity(PolicyParser.sizeLimit)
        var number = 0
        while !parts.unit.isEmpty {
            let repetition = parts.unit.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
                .joined(separator: String(number).utf8)
            let before = bytes.count
            bytes.append(contentsOf: repetition)
            if bytes.count > room {
                bytes.removeSubrange(before...)
                break
            }
            number += 1
        }
        bytes += parts.tail
        let whole = String(decoding: bytes, as: UTF8.self)
        let file = Limits.timed(Limits.parsing) { PolicyParser.parse(whole, file: "input") }
        for diagnostic in file.diagnostics.prefix(100) where diagnostic.description.utf8.count > 10_000 {
            Failure.report("a message of \(diagnostic.description.utf8.count) bytes")
        }
    }

    private static func parts(_ bytes: [UInt8]) -> (head: [UInt8], unit: [UInt8], tail: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var parts: [[UInt8]] = [[]]
        for (index, line) in lines.enumerated() {
            if parts.count < 3, line.elementsEqual("~~~".utf8) {
                parts.append([])
                continue
            }
            parts[parts.count - 1] += line
            if index < lines.count - 1 { parts[parts.count - 1].append(UInt8(ascii: "\n")) }
        }
        if parts.count == 1 { return ([], parts[0], []) }
        return (parts[0], parts[1], parts.count > 2 ? parts[2] : [])
    }
}
