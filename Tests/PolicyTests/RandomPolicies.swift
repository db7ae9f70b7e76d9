// SPDX-License-Identifier: Apache-2.0
import Policy

/// Random rules and accesses over few names, so that they meet often.
struct RandomPolicies {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let names = ["a", "b", "ab", "ba", "é", "a.b", "aa"]
    private static let globs = ["*", "**", "?", "a*", "*b", "[ab]", "{a,b}", "a?", "*.b", "{a,}b", "**b", "a**"]

    mutating func path(depth: Int = 4) -> String {
        (0...generator.below(depth)).map { _ in "/" + generator.pick(Self.names) }.joined()
    }

    private mutating func directory() -> String { generator.chance(1, in: 8) ? "/" : path(depth: 3) + "/" }

    private mutating func pattern() -> String {
        (0...generator.below(3)).map { _ in
            "/" + (generator.chance(1, in: 2) ? generator.pick(Self.globs) : generator.pick(Self.names))
        }.joined()
    }

    private mutating func object() -> (MatchKind, String) {
        switch generator.below(8) {
        case 0...2: (.path, path())
        case 3...5: (.directory, directory())
        case 6: (.pattern, pattern())
        default: (.execname, generator.pick(Self.names))
        }
    }

    private mutating func source() -> RuleSource? {
        switch generator.below(6) {
        case 0: RuleSource(match: .path, path: path(depth: 2))
        case 1: RuleSource(match: .directory, path: directory(), recursive: generator.chance(1, in: 2))
        case 2: generator.chance(1, in: 3) ? RuleSource(match: .pattern, path: pattern()) : nil
        default: nil
        }
    }

    private static let protocols = ["tcp", "udp", "icmp", "raw", "stream", "dgram", "packet", "all"]
    private static let capabilities = ["chown", "net_raw", "sys_admin", "bpf"]
    private static let domains = ["a.b", "b", "*.b", "*.a.b", "x.a.b"]

    /// A rule about something that is no path.
    private mutating func otherRule(line: Int) -> PolicyRule {
        let (accessClass, match, object): (AccessClass, MatchKind, String) =
            switch generator.below(4) {
            case 0: (.network, .protocol, generator.pick(Self.protocols))
            case 1: (.capability, .capability, generator.pick(Self.capabilities))
            case 2: (.dns, .domain, generator.pick(Self.domains))
            default: (.preset, .preset, generator.pick(Preset.allCases).name)
            }
        let actions: [Action] = accessClass == .preset ? [.audit, .block] : [.allow, .audit, .block]
        return PolicyRule(
            accessClass: accessClass, match: match, object: object,
            flags: accessClass == .network && generator.chance(1, in: 4) ? [.ttyOnly] : [],
            action: generator.pick(actions), source: accessClass == .preset ? nil : source(),
            location: SourceLocation(file: "random", line: line, column: 1))
    }

    private mutating func otherAccess() -> Access {
        switch generator.below(4) {
        case 0:
            let socket = SocketKind(
                family: generator.pick([1, 2, 10, 16, 17, 43]), type: generator.pick([1, 2, 3, 10]),
                protocol: generator.pick([0, 1, 6, 17, 58, 262]))
            return .network(socket)
        case 1: return .capability(generator.pick([0, 13, 21, 39, 40]))
        case 2: return .domain(generator.pick(["a.b", "A.B.", "b", "x.a.b", "y.x.a.b", "c", "ab"]))
        default: return .preset(generator.pick(Preset.allCases))
        }
    }

    mutating func rule(line: Int) -> PolicyRule {
        if generator.chance(1, in: 4) { return otherRule(line: line) }
        let accessClass: AccessClass = generator.chance(1, in: 2) ? .file : .process
        let (match, name) = object()
        var flags: RuleFlags = []
        if match == .directory, generator.chance(1, in: 2) { flags.insert(.recursive) }
        if generator.chance(1, in: 5) { flags.insert(.ownerOnly) }
        if accessClass == .file, generator.chance(1, in: 4) { flags.insert(.readOnly) }
        if generator.chance(1, in: 6) { flags.insert(.ttyOnly) }
        return PolicyRule(
            accessClass: accessClass, match: match, object: name, flags: flags,
            action: generator.pick([.allow, .audit, .block, .block]), source: source(),
            arguments: accessClass == .process && generator.chance(1, in: 4) ? ["-a", "", "b"] : nil,
            location: SourceLocation(file: "random", line: line, column: 1))
    }

    mutating func policies(rules count: Int) -> [Policy] {
        (0..<3).map { index in
            Policy(
                kind: .hostPolicy, name: "p\(index)", namespace: "",
                selector: PolicySelector(labels: ["kubearmor.io/hostname": "*"]),
                rules: (0..<count).map { rule(line: index * 100 + $0 + 1) },
                location: SourceLocation(file: "random", line: index * 100 + 1, column: 1))
        }
    }

    mutating func access() -> (Subject, Access) {
        let subject = Subject(
            executable: path(depth: 3), parent: path(depth: 3), uid: UInt32(generator.below(2)),
            hasTTY: generator.chance(1, in: 2))
        if generator.chance(1, in: 4) { return (subject, otherAccess()) }
        let isProcess = generator.chance(1, in: 2)
        let bits: AccessBits = isProcess ? .execute : generator.pick([.read, .write, [.read, .write]])
        let object = generator.chance(1, in: 20) ? "/" : path()
        if generator.chance(1, in: 4) {
            return (
                subject,
                Access(
                    accessClass: isProcess ? .process : .file, object: .place(object),
                    bits: isProcess ? .execute : .write, ownerUID: generator.pick([nil, 0, 1]))
            )
        }
        return (
            subject,
            Access(
                accessClass: isProcess ? .process : .file, object: object, bits: bits,
                ownerUID: generator.pick([nil, 0, 1]),
                arguments: isProcess ? generator.pick([nil, [], ["-a"], ["b", ""], ["-a", "c"], ["-"]]) : nil)
        )
    }
}
