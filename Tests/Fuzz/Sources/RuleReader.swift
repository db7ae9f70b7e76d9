// SPDX-License-Identifier: Apache-2.0
import Policy

/// Makes rules and accesses over few names from bytes, so that they meet often. Names that differ only in how Unicode
/// writes them are different files.
struct RuleReader {
    var bytes: ByteReader

    private static let names = ["a", "b", "ab", "ba", "\u{E9}", "e\u{301}", "a.b", "aa", "*", "[a]"]
    private static let globs = [
        "*", "**", "?", "a*", "*b", "[ab]", "{a,b}", "a?", "*.b", "{a,}b", "**b", "a**", "[^a]*", "\\*", "{a,**}", "?*",
    ]
    private static let ruleLimit = 40

    init(_ input: [UInt8]) {
        bytes = ByteReader(input)
    }

    private mutating func path(depth: Int) -> String {
        (0...bytes.below(depth)).map { _ in "/" + bytes.pick(Self.names) }.joined()
    }

    private mutating func directory() -> String {
        bytes.below(8) == 0 ? "/" : path(depth: 3) + "/"
    }

    private mutating func pattern() -> String {
        let components = (0...bytes.below(3)).map { _ in bytes.pick(Self.globs + ["a", "b"]) }
        return (bytes.below(6) == 0 ? "" : "/") + components.joined(separator: "/")
    }

    private mutating func object(_ accessClass: AccessClass) -> (MatchKind, String) {
        switch bytes.below(accessClass == .process ? 8 : 7) {
        case 0...2: (.path, path(depth: 4))
        case 3...5: (.directory, directory())
        case 6: (.pattern, pattern())
        default: (.execname, bytes.pick(Self.names))
        }
    }

    private mutating func source() -> RuleSource? {
        switch bytes.below(8) {
        case 0: RuleSource(match: .path, path: path(depth: 2))
        case 1: RuleSource(match: .directory, path: directory(), recursive: bytes.flag())
        case 2: RuleSource(match: .pattern, path: pattern())
        default: nil
        }
    }

    private mutating func rule(line: Int) -> PolicyRule {
        let accessClass: AccessClass = bytes.flag() ? .file : .process
        let (match, name) = object(accessClass)
        // One bit each; recursion is of directories, and writing of files.
        var flags = RuleFlags(rawValue: UInt32(bytes.below(16)))
        if match != .directory { flags.remove(.recursive) }
        if accessClass != .file { flags.remove(.readOnly) }
        return PolicyRule(
            accessClass: accessClass, match: match, object: name, flags: flags, action: bytes.pick(Action.allCases),
            source: source(), location: SourceLocation(file: "input", line: line, column: 1))
    }

    /// Up to `ruleLimit` rules in two policies.
    mutating func policies() -> [Policy] {
        let rules = (0..<bytes.below(Self.ruleLimit)).map { rule(line: $0 + 1) }
        let middle = rules.count / 2
        return [("p", rules[..<middle]), ("q", rules[middle...])].map { name, part in
            Policy(
                kind: .hostPolicy, name: name, namespace: "", selector: PolicySelector(labels: [:]),
                rules: Array(part), location: SourceLocation(file: "input", line: 1, column: 1))
        }
    }

    mutating func access() -> (Subject, Access) {
        let choice = bytes.below(256)
        let subject = Subject(
            executable: path(depth: 3), parent: path(depth: 3), uid: UInt32(choice & 1), hasTTY: choice & 2 != 0)
        let isProcess = choice & 4 != 0
        let bits: AccessBits = isProcess ? .execute : bytes.pick([.read, .write, [.read, .write]])
        let access = Access(
            accessClass: isProcess ? .process : .file, object: choice & 0xf8 == 0 ? "/" : path(depth: 4), bits: bits,
            ownerUID: bytes.pick([nil, 0, 1]))
        return (subject, access)
    }
}
