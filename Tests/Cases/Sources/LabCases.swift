// SPDX-License-Identifier: Apache-2.0
import Policy

/// A scenario of the lab with random rules and accesses: a policy as a user writes it, and what the reference evaluator
/// decides about real accesses under it (Tests/Lab/guest/labdiff.c makes them).
struct LabCases {
    var random: RandomSource
    /// The enforcer whose rules are asked for; nil: one that holds them all.
    var held: HeldRules?

    private static let sources = ["s1", "s2"]
    private static let folders =
        [""]
        + ["a", "b", "c"].flatMap { one in
            ["/\(one)"]
                + ["a", "b", "c"].flatMap { two in ["/\(one)/\(two)"] + ["a", "c"].map { "/\(one)/\(two)/\($0)" } }
        }
    private static let names = ["f", "g", "secret.log"]
    private static let paths = folders.flatMap { folder in names.map { "/tmp/d\(folder)/\($0)" } }
    private static let globs = [
        "/tmp/d/*", "/tmp/d/**/f", "/tmp/d/a/**", "/tmp/d/[ab]/?/g", "/tmp/d/{a,c}/**/*.log", "/tmp/d/**secret*",
        "/tmp/d/b/*/*/[!g]",
    ]
    /// As in labdiff.c.
    private static let sockets: [(family: UInt32, type: UInt32, protocol: UInt32)] = [
        (2, 1, 0), (2, 2, 0), (10, 1, 0), (1, 1, 0), (1, 2, 0), (16, 3, 0),
    ]
    private static let arguments = [[], ["-a"], ["-b"], ["-a", "value"]]
    private static let protocols = ["tcp", "udp", "stream", "dgram", "raw", "all"]
    /// What a guest needs besides, where an allow list is in force.
    private static let needed = [
        "bin", "lab", "usr", "dev", "proc", "etc", "run", "sys", "root", "sbin", "lib", "lib64",
    ]

    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private mutating func rule(isFile: Bool) -> (section: String, text: String) {
        var fields: [String] = []
        var section = "matchPaths"
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<3: fields = ["path: \(pick(Self.paths))"]
        case 3..<6:
            section = "matchDirectories"
            fields = ["dir: /tmp/d\(pick(Self.folders))/"] + (random.oneIn(2) ? ["recursive: true"] : [])
        case 6 where !isFile: fields = ["execname: \(pick(Self.names))"]
        default:
            section = "matchPatterns"
            fields = ["pattern: \"\(pick(Self.globs))\""]
        }
        if random.oneIn(5) { fields.append("ownerOnly: true") }
        if isFile, random.oneIn(4) { fields.append("readOnly: true") }
        if section != "matchPatterns", random.oneIn(3) {
            fields.append("fromSource: [{path: /tmp/e/\(pick(Self.sources))}]")
        }
        if !isFile, section == "matchPaths", random.oneIn(4) { fields.append("allowedArgs: [\"-a\"]") }
        fields.append("action: \(pick(["Block", "Block", "Audit", "Allow"]))")
        return (section, "{\(fields.joined(separator: ", "))}")
    }

    private mutating func section(_ name: String, count: Int) -> String {
        var rules = (0..<count).map { _ in rule(isFile: name == "file") }
        rules += Self.needed.map { ("matchDirectories", "{dir: /\($0)/, recursive: true, action: Allow}") }
        rules += ["/", "/tmp/", "/tmp/e/"].map { ("matchDirectories", "{dir: \($0), action: Allow}") }
        let isListing = rules.dropLast(Self.needed.count + 3).contains { $0.text.contains("action: Allow") }
        if !isListing { rules.removeLast(Self.needed.count + 3) }
        var text = "  \(name):\n"
        for section in ["matchPaths", "matchDirectories", "matchPatterns"] {
            let own = rules.filter { $0.section == section }
            if !own.isEmpty { text += "    \(section):\n" + own.map { "    - \($0.text)\n" }.joined() }
        }
        return text
    }

    private mutating func policy() -> String {
        var text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorHostPolicy
            metadata: {name: random}
            spec:
              nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
              action: Block

            """
        text += section("file", count: Int.random(in: 1...16, using: &random))
        text += section("process", count: Int.random(in: 1...12, using: &random))
        text += "  network:\n    matchProtocols:\n"
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let source = random.oneIn(2) ? ", fromSource: [{path: /tmp/e/\(pick(Self.sources))}]" : ""
            text += "    - {protocol: \(pick(Self.protocols)), action: \(pick(["Block", "Audit"]))\(source)}\n"
        }
        return text
    }

    private mutating func question(_ rules: RuleSet, owners: [UInt32], needsReading: Bool) -> String {
        let source = pick(Self.sources)
        let executable = "/tmp/e/\(source)"
        let uid: UInt32 = random.oneIn(2) ? 0 : 1000
        let subject = Subject(executable: executable, parent: executable, uid: uid, hasTTY: false)
        let number = Int.random(in: 0..<Self.paths.count, using: &random)
        func line(_ kind: String, _ number: Int, _ access: Access) -> String {
            var isDenied = rules.decide(subject, access).action == .block
            if needsReading, access.accessClass == .process {
                let reading = Access(
                    accessClass: .file, object: access.object, bits: .read, ownerUID: access.ownerUID)
                isDenied = isDenied || rules.decide(subject, reading).action == .block
            }
            return "Q \(source) \(uid) \(kind) \(number) \(isDenied ? "deny" : "permit")\n"
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let kind = Int.random(in: 0..<Self.sockets.count, using: &random)
            let socket = Self.sockets[kind]
            return line(
                "S", kind,
                .network(SocketKind(family: socket.family, type: socket.type, protocol: socket.protocol)))
        case 1..<4:
            let kind = Int.random(in: 0..<Self.arguments.count, using: &random)
            return line(
                "\(kind)", number,
                Access(
                    accessClass: .process, object: Self.paths[number], bits: .execute, ownerUID: owners[number],
                    arguments: Self.arguments[kind]))
        default:
            let (kind, bits) = pick([
                ("R", AccessBits.read), ("R", .read), ("W", .write), ("B", [.read, .write]), ("M", .write),
                ("T", .write),
            ])
            return line(
                kind, number,
                Access(accessClass: .file, object: Self.paths[number], bits: bits, ownerUID: owners[number]))
        }
    }

    /// One scenario with `questions` accesses.
    mutating func scenario(name: String, questions: Int) throws -> String {
        var text = policy()
        let posture: Posture = random.oneIn(2) ? .block : .audit
        let postures = Postures(file: posture, network: .audit, capabilities: .audit)
        var needsReading = false
        if let held { (text, needsReading) = try held.text(text, postures: postures) }
        let parsed = PolicyParser.parse(text, file: name)
        if let error = parsed.diagnostics.first(where: { $0.severity == .error }) { throw LabCasesError("\(error)") }
        let rules = RuleSet.resolve(policies: parsed.policies, postures: postures)
        let owners: [UInt32] = Self.paths.map { _ in random.oneIn(2) ? 0 : 1000 }
        var table = zip(Self.paths, owners).map { "P \($0) \($1)\n" }.joined()
        for _ in 0..<questions { table += question(rules, owners: owners, needsReading: needsReading) }
        let runs = Self.sources.map { "/tmp/e/\($0) /tmp/table" }.joined(separator: "; a=$?; ")
        return """
            # SPDX-License-Identifier: Apache-2.0
            # Made by kubearmor-cases lab.
            name: \(name)
            requires: [file.path, process.path]
            config: {hostDefaultFilePosture: \(posture == .block ? "block" : "audit"), alertThrottling: "true"}
            policies: |
            \(indented(text))
            setup: |
              cat >/tmp/table <<'END'
            \(indented(table))
              END
              labdiff make /tmp/table
              mkdir /tmp/e
              for name in \(Self.sources.joined(separator: " ")); do cp /lab/bin/labdiff /tmp/e/$name; done
            steps:
              - run: \(runs); test $a = 0 -a $? = 0
                expect: {exit: 0, output: "s1: [1-9][0-9]* decisions, [0-9]+ denied, 0 differ"}

            """
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }
}

struct LabCasesError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
