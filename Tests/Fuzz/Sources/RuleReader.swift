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

    /// Paths, which have more to differ in, more often.
    private static let classes: [AccessClass] = [
        .file, .process, .file, .process, .network, .capability, .dns, .preset,
    ]
    private static let protocols = [
        "tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "raw", "stream", "dgram", "rdm", "seqpacket", "packet", "all",
    ]
    private static let capabilities = ["chown", "net_raw", "sys_admin", "checkpoint_restore"]
    private static let domains = ["a.b", "*.b", "*.a.b", "x.a.b", "b", "x-1.a.b"]
    private static let words = ["-a", "-ab", "", "value", "\u{E9}", "e\u{301}"]

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
        switch accessClass {
        case .network: return (.protocol, bytes.pick(Self.protocols))
        case .capability: return (.capability, bytes.pick(Self.capabilities))
        case .dns: return (.domain, bytes.pick(Self.domains))
        case .preset: return (.preset, bytes.pick(Preset.allCases).name)
        default: break
        }
        return switch bytes.below(accessClass == .process ? 8 : 7) {
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
        let accessClass = bytes.pick(Self.classes)
        let (match, name) = object(accessClass)
        // One bit each; recursion is of directories, and writing of files.
        var flags = RuleFlags(rawValue: UInt32(bytes.below(16)))
        if match != .directory { flags.remove(.recursive) }
        if accessClass != .file { flags.remove(.readOnly) }
        if accessClass != .file, accessClass != .process { flags.remove(.ownerOnly) }
        return PolicyRule(
            accessClass: accessClass, match: match, object: name, flags: flags, action: bytes.pick(Action.allCases),
            source: accessClass == .preset ? nil : source(),
            arguments: accessClass == .process && bytes.below(4) == 0 ? arguments() : nil,
            location: SourceLocation(file: "input", line: line, column: 1))
    }

    private mutating func arguments() -> [String] {
        (0..<bytes.below(4)).map { _ in bytes.pick(Self.words) }
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
        return (subject, access(of: bytes.pick(Self.classes), isRoot: choice & 0xf8 == 0))
    }

    private mutating func access(of accessClass: AccessClass, isRoot: Bool) -> Access {
        switch accessClass {
        case .network:
            return .network(
                SocketKind(
                    family: bytes.pick([1, 2, 10, 16, 17, 300]), type: bytes.pick([1, 2, 3, 4, 5, 6, 10, 300]),
                    protocol: bytes.pick([0, 1, 6, 17, 33, 58, 132, 253, 254, 255, 262])))
        case .capability: return .capability(bytes.pick([0, 13, 21, 40, 63]))
        case .dns: return .domain(bytes.pick(["a.b", "A.B.", "b", "x.a.b", "y.X.a.b", "ab", "*.b", "", "."]))
        case .preset: return .preset(bytes.pick(Preset.allCases))
        default: break
        }
        let isProcess = accessClass == .process
        let bits: AccessBits = isProcess ? .execute : bytes.pick([.read, .write, [.read, .write]])
        return Access(
            accessClass: accessClass, object: isRoot ? "/" : path(depth: 4), bits: bits,
            ownerUID: bytes.pick([nil, 0, 1]),
            arguments: isProcess && bytes.below(4) > 0 ? arguments() : nil)
    }
}
