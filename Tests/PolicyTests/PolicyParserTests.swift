// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing

@Suite("Policy documents are read strictly")
struct PolicyParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let spec: String
        let code: String
        let line: Int
        let column: Int
        let field: String
        var isError = true
        var remedy = ""
        var testDescription: String { "\(code) \(field)" }
    }

    static let cases = [
        Case(
            spec: "process: {matchPaths: [{path: bin/ls}]}", code: "bad-path", line: 8, column: 33,
            field: "spec.process.matchPaths[0].path"),
        Case(
            spec: "file:\n  matchPaths:\n  - path: /etc/\n", code: "bad-path", line: 10, column: 13,
            field: "spec.file.matchPaths[0].path", remedy: "matchDirectories"),
        Case(
            spec: "file:\n  matchPaths:\n  - path: /etc/../x\n", code: "bad-path", line: 10, column: 13,
            field: "spec.file.matchPaths[0].path"),
        Case(
            spec: "file:\n  matchDirectories:\n  - dir: /etc/\n    recursiv: true\n", code: "unknown-field", line: 11,
            column: 7, field: "spec.file.matchDirectories[0].recursiv", isError: false,
            remedy: "did you mean `recursive`?"),
        Case(
            spec: "file:\n  matchDirectories:\n  - dir: /etc\n", code: "directory-slash", line: 10, column: 12,
            field: "spec.file.matchDirectories[0].dir", isError: false),
        Case(
            spec: "file:\n  matchDirectories:\n  - dir: /etc/\n    recursive: \"true\"\n", code: "wrong-type", line: 11,
            column: 18, field: "spec.file.matchDirectories[0].recursive"),
        Case(
            spec: "file:\n  matchDirectories:\n  - recursive: true\n", code: "missing-field", line: 10, column: 7,
            field: "spec.file.matchDirectories[0]"),
        Case(
            spec: "process:\n  severity: 11\n", code: "bad-severity", line: 9, column: 15,
            field: "spec.process.severity"),
        Case(
            spec: "process:\n  severity: five\n", code: "wrong-type", line: 9, column: 15,
            field: "spec.process.severity"),
        Case(spec: "process:\n  action: Deny\n", code: "bad-action", line: 9, column: 13, field: "spec.process.action"),
        Case(
            spec: "process:\n  action: block\n", code: "action-case", line: 9, column: 13,
            field: "spec.process.action", isError: false),
        Case(spec: "message: 17\n", code: "wrong-type", line: 8, column: 12, field: "spec.message"),
        Case(spec: "process: [1]\n", code: "wrong-type", line: 8, column: 12, field: "spec.process"),
        Case(
            spec: "process:\n  matchPaths: {path: /bin/ls}\n", code: "wrong-type", line: 9, column: 17,
            field: "spec.process.matchPaths"),
        Case(
            spec: "process:\n  matchPaths:\n  - execname: a/b\n", code: "bad-execname", line: 10, column: 17,
            field: "spec.process.matchPaths[0].execname"),
        Case(
            spec: "process:\n  matchPaths:\n  - {execname: a, path: /a}\n", code: "path-and-execname", line: 10,
            column: 18, field: "spec.process.matchPaths[0].execname"),
        Case(
            spec: "process:\n  matchPatterns:\n  - pattern: \"/a[\"\n", code: "bad-pattern", line: 10, column: 16,
            field: "spec.process.matchPatterns[0].pattern"),
        Case(
            spec: "process:\n  matchPatterns:\n  - pattern: \"/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\"\n",
            code: "bad-pattern", line: 10, column: 16, field: "spec.process.matchPatterns[0].pattern",
            remedy: "split it"),
        Case(
            spec: "process:\n  matchPatterns:\n  - pattern: \"*.log\"\n", code: "pattern-never-matches", line: 10,
            column: 16, field: "spec.process.matchPatterns[0].pattern", isError: false),
        Case(
            spec: "process:\n  matchPaths:\n  - path: /a\n    fromSource: [{path: b}]\n", code: "bad-path", line: 11,
            column: 27, field: "spec.process.matchPaths[0].fromSource[0].path"),
        Case(
            spec: "file: {matchPaths: [{path: //etc/./passwd}]}", code: "path-not-normal", line: 8, column: 30,
            field: "spec.file.matchPaths[0].path", isError: false),
        Case(
            spec: "network: {matchProtocols: [{protocol: \"tcp,upd\"}]}", code: "bad-protocol", line: 8, column: 41,
            field: "spec.network.matchProtocols[0].protocol", remedy: "did you mean `udp`?"),
        Case(
            spec: "network: {matchDNSQueries: [{domain: \"a..b\"}]}", code: "bad-domain", line: 8, column: 40,
            field: "spec.network.matchDNSQueries[0].domain"),
        Case(
            spec: "capabilities: {matchCapabilities: [{capability: net_rw}]}", code: "bad-capability", line: 8,
            column: 51, field: "spec.capabilities.matchCapabilities[0].capability", remedy: "net_raw"),
        Case(
            spec: "capabilities: {matchCapabilities: [{capability: CAP_BPF}]}", code: "capability-prefix", line: 8,
            column: 51, field: "spec.capabilities.matchCapabilities[0].capability", isError: false),
        Case(
            spec: "syscalls: {matchSyscalls: [{syscall: [opnat]}]}", code: "bad-syscall", line: 8, column: 40,
            field: "spec.syscalls.matchSyscalls[0].syscall", remedy: "did you mean `openat`?"),
        Case(
            spec: "file: {matchPaths: [{path: /var/*.log}]}", code: "wildcard-in-path", line: 8, column: 30,
            field: "spec.file.matchPaths[0].path", isError: false, remedy: "matchPatterns"),
        Case(
            spec: "file: {matchPatterns: [{pattern: /var/.+}]}", code: "pattern-like-regex", line: 8, column: 36,
            field: "spec.file.matchPatterns[0].pattern", isError: false, remedy: "**"),
        Case(
            spec: "file: {matchPaths: [{path: /a}, {path: /a, action: Audit}]}", code: "rule-shadowed", line: 8,
            column: 35, field: "", isError: false),
        Case(
            spec: "presets: [{name: filelesExec}]", code: "bad-preset", line: 8, column: 20,
            field: "spec.presets[0].name", remedy: "did you mean `filelessExec`?"),
        Case(
            spec: "device: {matchDevice: [{class: hid}]}", code: "not-enforced-yet", line: 8, column: 11,
            field: "spec.device", isError: false),
        Case(
            spec: "process: {matchProtocols: [{protocol: tcp}]}", code: "misplaced-field", line: 8, column: 13,
            field: "spec.process.matchProtocols", isError: false, remedy: "it belongs to spec.network"),
        Case(
            spec: "file: {matchPaths: [{path: /a, fromSource: [{path: /usr/bin/*}]}]}", code: "wildcard-in-path",
            line: 8,
            column: 54, field: "spec.file.matchPaths[0].fromSource[0].path", isError: false, remedy: "write pattern"),
        Case(
            spec: "file: {matchPaths: [{path: /a, fromSource: [{path: /b, pattern: /c*}]}]}", code: "path-and-dir",
            line: 8, column: 47, field: "spec.file.matchPaths[0].fromSource[0]", remedy: "a source for each"),
        Case(
            spec: "apparmor: deny /etc/x rw,", code: "native-rules", line: 8, column: 13, field: "spec.apparmor",
            isError: false, remedy: "process, file"),
        Case(spec: "message: &m text\n", code: "yaml-alias", line: 8, column: 12, field: ""),
        Case(spec: "message: !secret text\n", code: "yaml-tag", line: 8, column: 12, field: ""),
        Case(spec: "action: Allow\n", code: "duplicate-field", line: 7, column: 3, field: "action"),
        Case(spec: "message: \"open\n", code: "yaml-syntax", line: 9, column: 1, field: ""),
    ]

    @Test("Every finding has its code, place, field and remedy", arguments: cases)
    func finding(_ expected: Case) throws {
        let file = PolicyParser.parse(PolicyText.host(expected.spec), file: "a.yaml")
        let found = try #require(file.diagnostics.first { $0.code == expected.code }, "\(file.diagnostics)")
        #expect(file.hasErrors == expected.isError)
        #expect(file.policies.isEmpty == expected.isError)
        #expect(found.field == expected.field)
        if expected.code != "yaml-syntax", expected.code != "duplicate-field" {
            #expect(found.location == SourceLocation(file: "a.yaml", line: expected.line, column: expected.column))
        }
        #expect(found.remedy.contains(expected.remedy))
        #expect(!found.remedy.isEmpty)
        #expect(found.description.hasPrefix("a.yaml:\(found.location.line):\(found.location.column): "))
    }

    @Test("Severity, tags, message and action are inherited one by one")
    func inheritance() throws {
        let text = PolicyText.host(
            """
            severity: 3
            tags: [spec]
            message: from spec
            file:
              severity: 5
              action: Audit
              matchPaths:
              - path: /a
              - path: /b
                severity: 7
                tags: [own, second]
                action: Allow
            """)
        let policy = try #require(PolicyParser.parse(text, file: "a").policies.first)
        #expect(policy.rules.map(\.severity) == [5, 7])
        #expect(policy.rules.map(\.tags) == [["spec"], ["own", "second"]])
        #expect(policy.rules.map(\.message) == ["from spec", "from spec"])
        #expect(policy.rules.map(\.action) == [.audit, .allow])
    }

    @Test("A rule with several sources becomes one rule per source, with its conditions")
    func sources() throws {
        let text = PolicyText.host(
            """
            file:
              matchDirectories:
              - dir: /data/
                recursive: true
                readOnly: true
                ownerOnly: true
                pts: false
                fromSource: [{path: /bin/a}, {dir: /opt/, recursive: true}]
              matchPaths:
              - {path: /x, pts: true}
            """)
        let policy = try #require(PolicyParser.parse(text, file: "a").policies.first)
        #expect(policy.rules.count == 3)
        let sourced = policy.rules.filter { $0.match == .directory }
        #expect(
            sourced.map(\.source) == [
                RuleSource(match: .path, path: "/bin/a"),
                RuleSource(match: .directory, path: "/opt/", recursive: true),
            ])
        #expect(sourced.allSatisfy { $0.flags == [.recursive, .readOnly, .ownerOnly, .ttyOnly] })
        #expect(policy.rules.filter { $0.match == .path }.map(\.flags) == [[]])
        #expect(policy.rules[0].action == .block)
    }

    @Test("One bad document of several is an error, the others are used", arguments: ["kind: [", "spec: {a: 1}"])
    func severalDocuments(bad: String) {
        let good = PolicyText.host("process: {matchPaths: [{path: /bin/ls}]}")
        let file = PolicyParser.parse([good, bad, good].joined(separator: "\n---\n"), file: "a")
        #expect(file.policies.count == 2)
        #expect(file.hasErrors)
        #expect(file.policies.map(\.location.line) == [1, 12])
    }

    @Test("JSON is read as YAML is")
    func json() throws {
        let text = """
            {"apiVersion": "security.kubearmor.com/v1", "kind": "KubeArmorPolicy", "metadata": {"name": " j "},
             "spec": {"selector": {"matchLabels": {"app": "web"}}, "severity": 2,
              "file": {"matchPaths": [{"path": "/etc/shadow", "readOnly": true}], "action": "Audit"}}}
            """
        let file = PolicyParser.parse(text, file: "a.json")
        #expect(file.diagnostics.isEmpty)
        let policy = try #require(file.policies.first)
        #expect(policy.name == "j")
        #expect(policy.namespace == "default")
        #expect(policy.rules.first?.flags == .readOnly)
        #expect(policy.rules.first?.severity == 2)
    }

    @Test(
        "Documents of other kinds are skipped with a warning",
        arguments: [
            ("cilium.io/v2", "CiliumNetworkPolicy", "not-a-policy", false),
            ("security.kubearmor.com/v1", "KubeArmorNetworkPolicy", "not-enforced-yet", false),
            ("security.kubearmor.com/v1", "KubeArmorHostPolcy", "unknown-kind", true),
            ("security.kubearmor.com/v2", "KubeArmorPolicy", "unsupported-version", true),
        ])
    func otherKinds(version: String, kind: String, code: String, isError: Bool) {
        let text = "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: a}\nspec: {}\n"
        let file = PolicyParser.parse(text, file: "a")
        #expect(file.policies.isEmpty)
        #expect(file.diagnostics.map(\.code) == [code])
        #expect(file.hasErrors == isError)
    }

    @Test("Empty files and documents say nothing", arguments: ["", "# nothing\n", "---\n", "---\n---\n", "~\n"])
    func empty(text: String) {
        let file = PolicyParser.parse(text, file: "a")
        #expect(file.policies.isEmpty && file.diagnostics.isEmpty)
    }

    @Test("A raw AppArmor text is a rule of no class, which decides nothing here")
    func nativeRules() throws {
        let text = PolicyText.host("severity: 3\napparmor: |\n  deny /etc/x rw,\n  deny network raw,\n")
        let policy = try #require(PolicyParser.parse(text, file: "a.yaml").policies.first)
        let set = RuleSet.resolve(policies: [policy], postures: Postures())
        #expect(set.rules.map(\.match) == [.native])
        #expect(set.rules.first?.object == "deny /etc/x rw,\ndeny network raw,\n")
        #expect(set.rules.first?.words == "apparmor deny /etc/x rw, deny network raw,")
        #expect(set.rules.first?.severity == 3)
        #expect(set.classes == 0)
        #expect(throws: Never.self) { try Automaton.compile(set, cellLimit: 1 << 16) }
        let access = Access(accessClass: .file, object: "/etc/x", bits: .write, ownerUID: 0)
        let subject = Subject(executable: "/bin/cat", parent: "/bin/sh", uid: 0, hasTTY: false)
        #expect(set.decide(subject, access).action == .allow)
    }

    @Test(
        "A source is a path, a directory or a pattern",
        arguments: [
            ("path: /usr/bin/a", MatchKind.path, "/usr/bin/a"), ("dir: /usr/bin/", .directory, "/usr/bin/"),
            ("pattern: /usr/*/a*", .pattern, "/usr/*/a*"),
        ])
    func sources(source: String, match: MatchKind, text: String) throws {
        let spec = "file: {matchPaths: [{path: /etc/x, fromSource: [{\(source)}]}]}"
        let policy = try #require(PolicyParser.parse(PolicyText.host(spec), file: "a.yaml").policies.first)
        #expect(policy.rules.first?.source?.match == match)
        #expect(policy.rules.first?.source?.path == text)
        let set = RuleSet.resolve(policies: [policy], postures: Postures())
        let access = Access(accessClass: .file, object: "/etc/x", bits: .read, ownerUID: 0)
        for (executable, isDenied) in [("/usr/bin/a", true), ("/bin/b", false)] {
            let subject = Subject(executable: executable, parent: "/bin/sh", uid: 0, hasTTY: false)
            #expect((set.decide(subject, access).action == .block) == isDenied)
            let automaton = try Automaton.compile(set, cellLimit: 1 << 16)
            #expect(automaton.decide(subject, access) == set.decide(subject, access))
        }
    }

    @Test("Notes say what rules cannot hold by nature, and what Kubernetes would not take, one of a kind")
    func notes() throws {
        let spec = """
            process: {matchPaths: [{path: /bin/a}, {path: /bin/b}]}
            file: {matchPaths: [{path: /etc/x, fromSource: [{dir: /usr/bin/}]}]}
            capabilities: {matchCapabilities: [{capability: net_raw}]}
            presets: [{name: protectEnv}]
            """
        let policy = try #require(PolicyParser.parse(PolicyText.host(spec), file: "a.yaml").policies.first)
        let notes = PolicyNotes.notes(on: policy)
        #expect(notes.allSatisfy { $0.severity == .note && !$0.remedy.isEmpty })
        #expect(
            notes.map(\.code) == [
                "program-by-place", "file-by-place", "source-by-place", "beyond-schema", "beyond-schema",
                "beyond-schema",
            ])
        #expect(notes.first?.message.hasPrefix("2 rules block programs by their paths") == true)
        let list = try #require(
            PolicyParser.parse(PolicyText.host("process: {matchDirectories: [{dir: /bin/, action: Allow}]}"), file: "a")
                .policies.first)
        #expect(PolicyNotes.notes(on: list).isEmpty)
    }

    @Test(
        "Samples of a pattern match it",
        arguments: [
            "/a/*", "/**/x?", "/{a,b}/[c-e]*", "/a\\*b/*", "/[!x]/**", "**",
        ])
    func samples(pattern: String) throws {
        let paths = PatternSample.paths(matching: pattern)
        #expect(!paths.isEmpty)
        let spec = "file: {matchPatterns: [{pattern: '\(pattern)'}]}"
        let policy = try #require(PolicyParser.parse(PolicyText.host(spec), file: "a.yaml").policies.first)
        let set = RuleSet.resolve(policies: [policy], postures: Postures())
        let subject = Subject(executable: "/bin/a", parent: "/bin/sh", uid: 0, hasTTY: false)
        for path in paths {
            let access = Access(accessClass: .file, object: path, bits: .read, ownerUID: 0)
            #expect(set.decide(subject, access).action == .block, "\(path)")
        }
    }

    @Test("What is above a pattern's literal beginning is protected, whatever is escaped in it")
    func escapedPlaces() throws {
        let spec = "file: {matchPatterns: [{pattern: '/a\\*b/c/*'}]}"
        let policy = try #require(PolicyParser.parse(PolicyText.host(spec), file: "a.yaml").policies.first)
        let set = RuleSet.resolve(policies: [policy], postures: Postures())
        let automaton = try Automaton.compile(set, cellLimit: 1 << 16)
        let subject = Subject(executable: "/bin/a", parent: "/bin/sh", uid: 0, hasTTY: false)
        for (path, isDenied) in [("/a*b", true), ("/a*b/c", true), ("/a", false), ("/axb", false)] {
            let access = Access(accessClass: .file, object: .place(path), bits: .write, ownerUID: 0)
            #expect((set.decide(subject, access).action == .block) == isDenied, "\(path)")
            #expect((automaton.decide(subject, access).action == .block) == isDenied, "\(path)")
        }
    }
}
