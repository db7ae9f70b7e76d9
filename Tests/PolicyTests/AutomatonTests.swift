// SPDX-License-Identifier: Apache-2.0
import KernelEvents
import Policy
import Testing

@Suite("The automaton's format and limits")
struct AutomatonTests {
    private func rule(
        _ match: MatchKind, _ object: String, _ flags: RuleFlags = [], _ action: Action = .block,
        from source: String? = nil, in accessClass: AccessClass = .file
    ) -> PolicyRule {
        PolicyRule(
            accessClass: accessClass, match: match, object: object, flags: flags, action: action,
            source: source.map { RuleSource(match: .pattern, path: $0) },
            location: SourceLocation(file: "a", line: 1, column: 1))
    }

    private func resolve(_ rules: [PolicyRule], _ posture: Posture = .audit) -> RuleSet {
        let policy = Policy(
            kind: .hostPolicy, name: "p", namespace: "", selector: PolicySelector(labels: [:]), rules: rules,
            location: SourceLocation(file: "a", line: 1, column: 1))
        return RuleSet.resolve(policies: [policy], postures: Postures(file: posture))
    }

    private func read(_ object: String) -> (Subject, Access) {
        (
            Subject(executable: "/bin/cat", parent: "/bin/sh", uid: 0, hasTTY: false),
            Access(accessClass: .file, object: object, bits: .read, ownerUID: 0)
        )
    }

    @Test("The constants are those of the header")
    func constants() {
        #expect(AutomatonFormat.magic == UInt32(KUBEARMOR_AUTOMATON_MAGIC))
        #expect(AutomatonFormat.version == UInt32(KUBEARMOR_AUTOMATON_VERSION))
        #expect(AutomatonFormat.headerCells == Int(KUBEARMOR_AUTOMATON_HEADER_CELLS))
        #expect(MemoryLayout<kubearmor_automaton>.size == 8 * AutomatonFormat.headerCells)
        #expect(AutomatonFormat.checkShift == UInt64(KUBEARMOR_CELL_CHECK_SHIFT))
        #expect(AutomatonFormat.acceptShift == UInt64(KUBEARMOR_CELL_ACCEPT_SHIFT))
        #expect(AutomatonFormat.flagsShift == UInt64(KUBEARMOR_CELL_FLAGS_SHIFT))
        #expect(AutomatonFormat.nextMask == UInt64(KUBEARMOR_CELL_NEXT_MASK))
        #expect(AutomatonFormat.acceptMask == UInt64(KUBEARMOR_CELL_ACCEPT_MASK))
        #expect(AutomatonFormat.sinkFlag == UInt64(KUBEARMOR_CELL_SINK))
        #expect(AutomatonFormat.sources == Int(KUBEARMOR_SOURCES))
        #expect(AutomatonFormat.sourceCells == Int(KUBEARMOR_SOURCE_CELLS))
        #expect(AutomatonFormat.candidates == Int(KUBEARMOR_CANDIDATES))
        #expect(AutomatonFormat.candidateCells == Int(KUBEARMOR_CANDIDATE_CELLS))
        #expect(AutomatonFormat.candidateFlagsShift == UInt64(KUBEARMOR_CANDIDATE_FLAGS_SHIFT))
        #expect(AutomatonFormat.candidateActionShift == UInt64(KUBEARMOR_CANDIDATE_ACTION_SHIFT))
        #expect(AutomatonFormat.candidateMarksShift == UInt64(KUBEARMOR_CANDIDATE_MARKS_SHIFT))
        #expect(AutomatonFormat.candidateLast == UInt64(KUBEARMOR_CANDIDATE_LAST))
    }

    @Test("The header read through the C structure says what the rule set says")
    func header() throws {
        let rules = [
            rule(.path, "/a", [], .allow), rule(.path, "/b", from: "/bin/x", in: .process),
        ]
        let cells = try Automaton.compile(resolve(rules, .block), cellLimit: 1 << 20).cells
        let header = try cells.withUnsafeBytes { try #require($0.bindMemory(to: kubearmor_automaton.self).first) }
        #expect(header.magic == AutomatonFormat.magic && header.version == AutomatonFormat.version)
        #expect(Int(header.cells) == cells.count)
        #expect(header.classes == 0b11 && header.sourced_classes == 0b01)
        #expect(header.posture_file == Action.block.rawValue && header.posture_process == 0)
        for state in [header.object_start, header.subject_start] {
            #expect(state >= 8 && Int(state) + 255 < cells.count)
        }
    }

    @Test("Without process or file rules there is a header and nothing else")
    func nothing() throws {
        let automaton = try Automaton.compile(resolve([]), cellLimit: 8)
        #expect(automaton.cells.count == AutomatonFormat.headerCells)
        let (subject, access) = read("/etc/passwd")
        #expect(automaton.decide(subject, access) == Decision(action: .allow, decider: .none))
    }

    @Test("Long and deep paths are decided in full")
    func longPaths() throws {
        let long = "/" + Array(repeating: String(repeating: "x", count: 199), count: 15).joined(separator: "/")
        let deep = String(repeating: "/d", count: 60)
        let set = resolve([
            rule(.path, long), rule(.directory, deep + "/", .recursive), rule(.directory, "/direct" + deep + "/"),
        ])
        let automaton = try Automaton.compile(set, cellLimit: 1 << 20)
        #expect(long.utf8.count == 3_000)
        for (path, isBlocked) in [
            (long, true), (long + "x", false), (String(long.dropLast()), false), (deep, true), (deep + "/a/b/c", true),
            (String(deep.dropLast(2)), false), ("/direct" + deep + "/a", true), ("/direct" + deep + "/a/b", false),
        ] {
            let (subject, access) = read(path)
            #expect((automaton.decide(subject, access).action == .block) == isBlocked, "\(path.suffix(20))")
            #expect(set.decide(subject, access) == automaton.decide(subject, access))
        }
    }

    @Test("Names may hold every byte", arguments: 1...255)
    func everyByte(value: Int) throws {
        let byte = UInt8(value)
        let automaton = try Automaton.compile(
            resolve([
                rule(.directory, "/all/", .recursive), rule(.directory, "/one/"), rule(.pattern, "/star/a*z"),
            ]), cellLimit: 1 << 20)
        let (_, access) = read("")
        func isBlocked(_ prefix: String, _ suffix: String) -> Bool {
            let object = Array(prefix.utf8) + [byte] + Array(suffix.utf8)
            return automaton.decide(access, object: object, actor: [], isOwner: true, hasTTY: false).action == .block
        }
        let isSlash = byte == UInt8(ascii: "/")
        #expect(isBlocked("/all/", "x"))
        #expect(isBlocked("/one/x", "x") == !isSlash)
        #expect(isBlocked("/star/a", "z") == !isSlash)
        #expect(!isBlocked("/none/", ""))
    }

    @Test("Two spellings of one character are two names")
    func normalForms() throws {
        let composed = "/caf\u{E9}"
        let decomposed = "/cafe\u{301}"
        let set = resolve([rule(.path, composed), rule(.path, decomposed, [], .audit)])
        #expect(set.rules.count == 2)
        let automaton = try Automaton.compile(set, cellLimit: 1 << 20)
        for (path, action) in [(composed, Action.block), (decomposed, .audit)] {
            let (subject, access) = read(path)
            #expect(automaton.decide(subject, access).action == action)
            #expect(set.decide(subject, access).action == action)
        }
    }

    @Test("What does not fit is an error that says what to do")
    func limits() {
        let paths = (0..<100).map { rule(.path, "/some/path/\($0)") }
        expectError(paths, cellLimit: 100) { if case .cellLimitExceeded(_, 100) = $0 { true } else { false } }
        let sources = (0..<9).map { rule(.path, "/a", from: "/bin/{ls,x\($0)}") }
        expectError(sources) { if case .tooManySources(let names, 8) = $0 { names.count == 9 } else { false } }
        let candidates = (0..<257).map { rule(.path, "/a", from: "/bin/x\($0)") }
        expectError(candidates) { if case .tooManyCandidates(257, 256, _, _, _) = $0 { true } else { false } }
        expectError([rule(.pattern, "/**a??????????????????????")]) {
            if case .tooComplex = $0 { true } else { false }
        }
        let choices = "/*{" + (0..<900).map { "c\($0)" }.joined(separator: ",") + "}"
        expectError((0..<40).map { rule(.pattern, choices + String(repeating: "y", count: 180) + "\($0)") }) {
            if case .tooComplex = $0 { true } else { false }
        }
        expectError([rule(.pattern, "/[")]) { if case .badPattern("/[", _, _) = $0 { true } else { false } }
    }

    private func expectError(
        _ rules: [PolicyRule], cellLimit: Int = 1 << 22, _ isExpected: (AutomatonError) -> Bool
    ) {
        do throws(AutomatonError) {
            _ = try Automaton.compile(resolve(rules), cellLimit: cellLimit)
            Issue.record("compiled")
        } catch {
            #expect(isExpected(error), "\(error)")
            #expect(error.description.contains(":"))
        }
    }

    @Test("Eight sources for one executable are possible")
    func eightSources() throws {
        let set = resolve((0..<8).map { rule(.path, "/a\($0)", from: "/bin/{cat,x\($0)}") })
        let automaton = try Automaton.compile(set, cellLimit: 1 << 20)
        for index in 0..<8 {
            let (subject, access) = read("/a\(index)")
            #expect(automaton.decide(subject, access).action == .block)
        }
    }

    @Test("Ten thousand paths stay compact and are told apart")
    func tenThousand() throws {
        let set = resolve((0..<10_000).map { rule(.path, "/usr/lib/package\($0 % 100)/component/tool-\($0)") })
        let automaton = try Automaton.compile(set, cellLimit: 1 << 20)
        #expect(automaton.cells.count < 200_000)
        for id in stride(from: 0, to: 10_000, by: 97) {
            let (subject, access) = read("/usr/lib/package\(id % 100)/component/tool-\(id)")
            guard case .rule(let rule) = automaton.decide(subject, access).decider else {
                Issue.record("not decided by a rule")
                return
            }
            #expect(access.object == .path(set.rules[Int(rule) - 1].object))
        }
    }
}
