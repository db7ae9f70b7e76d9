// SPDX-License-Identifier: Apache-2.0
import Policy

/// Random rule sets over a small alphabet of names, so that rules overlap, and accesses near them.
struct CaseMaker {
    var random: RandomSource

    private static let names = ["a", "b", "bin", "etc", "usr", "x1", "log", "secret"]
    private static let executables = ["/bin/cat", "/bin/sh", "/usr/bin/a", "/a/b", "/x1"]
    private static let globs = ["/a/*", "/**/secret", "/b?n/**", "/usr/*/x1", "/{a,b}/[a-e]tc", "/**log*"]

    mutating func path(depth: ClosedRange<Int>) -> String {
        let count = Int.random(in: depth, using: &random)
        guard count > 0 else { return "/" }
        return (0..<count).map { _ in "/" + (Self.names.randomElement(using: &random) ?? "a") }.joined()
    }

    private mutating func object() -> (match: MatchKind, text: String, flags: RuleFlags) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return (.path, path(depth: 1...4), [])
        case 4..<8:
            let directory = path(depth: 0...3)
            let text = directory == "/" ? "/" : directory + "/"
            return (.directory, text, random.oneIn(2) ? [.recursive] : [])
        case 8: return (.pattern, Self.globs.randomElement(using: &random) ?? "/a/*", [])
        default: return (.execname, Self.names.randomElement(using: &random) ?? "a", [])
        }
    }

    private static let protocols = ["tcp", "udp", "icmp", "raw", "stream", "packet", "all"]
    private static let capabilities = ["chown", "net_raw", "sys_admin"]
    private static let domains = ["a.b", "*.b", "x.a.b"]
    private static let arguments = ["-a", "-b", "", "value"]

    /// A rule about what is no path.
    private mutating func otherRule() -> PolicyRule {
        let (accessClass, match, object): (AccessClass, MatchKind, String) =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: (.network, .protocol, Self.protocols.randomElement(using: &random) ?? "tcp")
            case 1: (.capability, .capability, Self.capabilities.randomElement(using: &random) ?? "chown")
            case 2: (.dns, .domain, Self.domains.randomElement(using: &random) ?? "a.b")
            default: (.preset, .preset, (Preset.allCases.randomElement(using: &random) ?? .exec).name)
            }
        let source =
            accessClass != .preset && random.oneIn(3)
            ? RuleSource(match: .path, path: Self.executables.randomElement(using: &random) ?? "/a") : nil
        return PolicyRule(
            accessClass: accessClass, match: match, object: object, flags: random.oneIn(6) ? [.ttyOnly] : [],
            action: [.block, .audit, .allow].randomElement(using: &random) ?? .block, source: source,
            location: SourceLocation(file: "random", line: 1, column: 1))
    }

    private mutating func otherAccess() -> Access {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let socket = SocketKind(
                family: [1, 2, 10, 16, 17].randomElement(using: &random) ?? 2,
                type: [1, 2, 3, 10].randomElement(using: &random) ?? 1,
                protocol: [0, 1, 6, 17, 58, 262].randomElement(using: &random) ?? 0)
            return .network(socket)
        case 1: return .capability([0, 13, 21, 40].randomElement(using: &random) ?? 0)
        case 2: return .domain(["a.b", "b", "x.a.b", "y.x.a.b", "c"].randomElement(using: &random) ?? "c")
        default: return .preset(Preset.allCases.randomElement(using: &random) ?? .exec)
        }
    }

    private mutating func arguments() -> [String] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.arguments.randomElement(using: &random) ?? "" }
    }

    private mutating func rule() -> PolicyRule {
        if random.oneIn(5) { return otherRule() }
        var (match, text, flags) = object()
        let accessClass: AccessClass = match == .execname || random.oneIn(3) ? .process : .file
        if random.oneIn(5) { flags.insert(.ownerOnly) }
        if accessClass == .file, random.oneIn(4) { flags.insert(.readOnly) }
        if random.oneIn(8) { flags.insert(.ttyOnly) }
        var source: RuleSource?
        if match != .pattern, random.oneIn(3) {
            source = RuleSource(match: .path, path: Self.executables.randomElement(using: &random) ?? "/a")
        }
        let action: Action = [.block, .audit, .allow].randomElement(using: &random) ?? .block
        return PolicyRule(
            accessClass: accessClass, match: match, object: text, flags: flags, action: action, source: source,
            arguments: accessClass == .process && random.oneIn(3) ? arguments() + ["-a"] : nil,
            location: SourceLocation(file: "random", line: 1, column: 1))
    }

    /// A rule set of up to `count` rules.
    mutating func ruleSet(count: Int) -> RuleSet {
        let rules = (0..<Int.random(in: 1...count, using: &random)).map { _ in rule() }
        let posture: Posture = random.oneIn(2) ? .block : .audit
        let policy = Policy(
            kind: .hostPolicy, name: "random", namespace: "", selector: PolicySelector(labels: [:]), rules: rules,
            location: SourceLocation(file: "random", line: 1, column: 1))
        return RuleSet.resolve(
            policies: [policy], postures: Postures(file: posture, network: posture, capabilities: posture))
    }

    /// An access and who does it; one in three is to something that a rule names.
    mutating func question(about ruleSet: RuleSet) -> (subject: Subject, access: Access) {
        let executables = Self.executables
        let subject = Subject(
            executable: executables.randomElement(using: &random) ?? "/a",
            parent: executables.randomElement(using: &random) ?? "/a", uid: random.oneIn(2) ? 0 : 1000,
            hasTTY: random.oneIn(2))
        if random.oneIn(4) { return (subject, otherAccess()) }
        let isProcess = random.oneIn(3)
        var object = path(depth: 0...5)
        if random.oneIn(3), let named = ruleSet.rules.randomElement(using: &random), named.match != .pattern,
            named.match != .execname
        {
            let isDirectory = named.object.utf8.last == 0x2f && named.object != "/"
            object = isDirectory ? String(named.object.dropLast()) : named.object
        }
        let fileBits: [AccessBits] = [.read, .write, [.read, .write]]
        let bits = isProcess ? .execute : (fileBits.randomElement(using: &random) ?? .read)
        if random.oneIn(5) {
            let place = Access(
                accessClass: isProcess ? .process : .file, object: .place(object),
                bits: isProcess ? .execute : .write, ownerUID: random.oneIn(2) ? 0 : 1000)
            return (subject, place)
        }
        let access = Access(
            accessClass: isProcess ? .process : .file, object: object, bits: bits,
            ownerUID: random.oneIn(2) ? 0 : 1000,
            arguments: isProcess && !random.oneIn(5) ? arguments() : nil)
        return (subject, access)
    }
}
