// SPDX-License-Identifier: Apache-2.0
import Testing
import YAML

@Suite("YAML as it is written")
struct YAMLParserTests {
    private func failure(_ text: String) -> YAMLError? {
        do {
            _ = try YAMLParser.document(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("Fields stay in order, with the place of each")
    func places() throws {
        let root = try #require(try YAMLParser.document("b: 1\na:\n  - x\n  - {é: \"y\", k: 'z'}\n"))
        let mapping = try #require(root.mapping)
        #expect(mapping.map { $0.key.string } == ["b", "a"])
        #expect(mapping["b"]?.mark == YAMLMark(line: 1, column: 4))
        let list = try #require(mapping["a"]?.sequence)
        #expect(list.map(\.mark) == [YAMLMark(line: 3, column: 5), YAMLMark(line: 4, column: 5)])
        // Columns are characters, not bytes.
        #expect(list[1].mapping?["k"]?.mark == YAMLMark(line: 4, column: 17))
        #expect(mapping["missing"] == nil)
    }

    @Test("Nothing is resolved: plain text stays text, and is known for plain")
    func scalars() throws {
        let root = try #require(try YAMLParser.document("- 1\n- '1'\n- \"a\\0b\"\n- ~\n- true\n- |-\n  x\n  y\n"))
        let nodes = try #require(root.sequence)
        #expect(nodes.map(\.string) == ["1", "1", "a\0b", "~", "true", "x\ny"])
        #expect(nodes.map(\.plain) == ["1", nil, nil, "~", "true", nil])
        #expect(nodes.map(\.integer) == [1, nil, nil, nil, nil, nil])
    }

    @Test("An alias is no copy, anchors and tags are told")
    func aliases() throws {
        let root = try #require(try YAMLParser.document("a: &x [1]\nb: *x\nc: !own 2\nd: !!str 3\n"))
        let mapping = try #require(root.mapping)
        #expect(mapping["a"]?.anchor == "x")
        guard case .alias("x")? = mapping["b"]?.content else { return #expect(Bool(false)) }
        #expect(mapping["b"]?.mark == YAMLMark(line: 2, column: 4))
        #expect(mapping["c"]?.tag == "!own" && mapping["d"]?.tag == "tag:yaml.org,2002:str")
        #expect(mapping["a"]?.tag == "")
    }

    @Test("A name twice in one mapping is an error at the first")
    func duplicates() {
        let text = "a: 1\nb: 2\n\"a\": 3\nb: 4\na: 5\n"
        #expect(failure(text) == .duplicateKeys(["a", "b"], YAMLMark(line: 1, column: 1)))
        #expect(failure("x: {a: 1, b: {a: 2}}\n") == nil)
    }

    @Test("What is no YAML is an error with its place", arguments: ["a: [1", "a: \"b", "a: b: c", "\t- a", "a\n b: c"])
    func syntax(text: String) throws {
        let error = try #require(failure(text))
        guard case .syntax(let problem, _) = error else { return #expect(Bool(false), "\(error)") }
        #expect(!problem.isEmpty && error.mark != nil)
    }

    @Test("Characters that YAML does not have are refused")
    func characters() {
        guard case .characters? = failure("a: \u{1}b") else { return #expect(Bool(false)) }
    }

    @Test("Documents come one after the other, and are refused where one is expected")
    func documents() throws {
        let parser = try YAMLParser("a\n---\n- b\n...\n---\n")
        #expect(try parser.next()?.string == "a")
        #expect(try parser.next()?.sequence?.first?.string == "b")
        #expect(try parser.next()?.plain == "")
        #expect(try parser.next() == nil)
        #expect(try parser.next() == nil)
        #expect(failure("a\n---\nb\n") == .severalDocuments(YAMLMark(line: 2, column: 1)))
        #expect(try YAMLParser.document("# nothing\n") == nil)
        #expect(try YAMLParser.document("") == nil)
    }

    @Test("Nesting has an end")
    func nesting() {
        let limit = YAMLParser.nestingLimit
        let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(failure(deepest) == nil)
        #expect(failure("[[\(deepest)]]") == .nestedTooDeeply(YAMLMark(line: 1, column: limit + 2)))
        #expect(failure(String(repeating: "- ", count: 100_000)) != nil)
    }
}
