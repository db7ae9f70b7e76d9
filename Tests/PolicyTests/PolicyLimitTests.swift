// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing

@Suite("Limits give clear errors")
struct PolicyLimitTests {
    @Test("A file that is too large is refused")
    func size() {
        let text = String(repeating: "#", count: PolicyParser.sizeLimit + 1)
        #expect(PolicyParser.parse(text, file: "a").diagnostics.map(\.code) == ["file-too-large"])
    }

    @Test("A policy with too many rules is refused at the rule that is too much")
    func rules() {
        let rule = "{path: /a, fromSource: [{path: /b}, {path: /c}]}"
        let list = Array(repeating: rule, count: PolicyParser.ruleLimit / 2 + 1).joined(separator: ", ")
        let file = PolicyParser.parse(PolicyText.host("file: {matchPaths: [\(list)]}"), file: "a")
        #expect(file.diagnostics.map(\.code) == ["too-many-rules"])
        #expect(file.diagnostics.first?.field == "spec.file.matchPaths[5000]")
    }

    @Test("What is wrong in a file is said a thousand times at most, and short")
    func findings() {
        let many = PolicyParser.parse(String(repeating: "---\na\n", count: 100_000), file: "a")
        #expect(many.diagnostics.count == 1_000)
        #expect(many.diagnostics.last?.code == "too-many-findings")
        let long = PolicyParser.parse(PolicyText.host("file: \(String(repeating: "x", count: 100_000))"), file: "a")
        #expect(long.diagnostics.map(\.code) == ["wrong-type"])
        #expect(long.diagnostics.allSatisfy { $0.description.utf8.count < 1_000 })
    }

    @Test("Nesting without end is refused", arguments: [40, 2_000, 200_000])
    func nesting(depth: Int) {
        let file = PolicyParser.parse(String(repeating: "[", count: depth), file: "a")
        #expect(file.hasErrors)
        let closed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(PolicyParser.parse(closed, file: "a").hasErrors)
    }

    @Test("Aliases that multiply are refused at once")
    func aliases() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...40 {
            let names = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(names)]\n"
        }
        #expect(PolicyParser.parse(text + "? *a40\n: x\n", file: "a").diagnostics.map(\.code) == ["yaml-alias"])
    }

    @Test("Text with ampersands and asterisks is not an alias")
    func innocent() {
        let words = String(repeating: "R&D *word & more &other ", count: 3)
        let file = PolicyParser.parse(PolicyText.host("message: \(words)x"), file: "a")
        #expect(file.diagnostics.isEmpty)
    }

    @Test("Bytes of all sorts never crash the parser", arguments: 0..<200 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(PolicyText.host("file: {matchPaths: [{path: /etc/passwd, readOnly: true}]}").utf8)
        for _ in 0...random.below(6) {
            let alphabet = Array("{}[]:,-&*!|>'\"%@`#?\n \t~0a/\u{0}\u{FEFF}".utf8)
            let position = random.below(bytes.count)
            if random.chance(1, in: 2) { bytes[position] = random.pick(alphabet) } else { bytes.remove(at: position) }
        }
        let file = PolicyParser.parse(String(decoding: bytes, as: UTF8.self), file: "a")
        #expect(file.policies.count <= 2)
    }
}
