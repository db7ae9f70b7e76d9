// SPDX-License-Identifier: Apache-2.0
//
// Makes cases for Tests/Native/verdict.c and for the lab from the reference evaluator:
//   kubearmor-cases random SEED SETS QUESTIONS FILE   random rule sets and accesses
//   kubearmor-cases lab SEED SETS QUESTIONS FOLDER    scenarios with random rules and real accesses
//     … PLUGINS ENFORCER                              of rules that this enforcer holds as they are written
//   kubearmor-cases rules FILE                        one access under 10, 1,000 and 10,000 path rules, for timing
import Glibc
import Policy

func complain(_ text: String) {
    let line = "kubearmor-cases: \(text)\n"
    _ = line.utf8CString.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
}

func write(_ bytes: [UInt8], to path: String) {
    guard let stream = fopen(path, "wb") else {
        complain("cannot write \(path)")
        exit(1)
    }
    _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
    fclose(stream)
}

func labCases(seed: UInt64, sets: Int, questions: Int, folder: String, held: HeldRules?) throws {
    var cases = LabCases(random: RandomSource(seed: seed), held: held)
    mkdir(folder, 0o755)
    for number in 1...max(1, sets) {
        let name = "random-\(seed)-\(number < 10 ? "0" : "")\(number)"
        write(Array(try cases.scenario(name: name, questions: questions).utf8), to: "\(folder)/\(name).yaml")
    }
    print("seed \(seed): \(sets) random rule sets, \(sets * questions) accesses in \(folder)")
}

func randomCases(seed: UInt64, sets: Int, questions: Int) throws -> CaseFile {
    var maker = CaseMaker(random: RandomSource(seed: seed))
    var file = CaseFile()
    for _ in 0..<sets {
        let ruleSet = maker.ruleSet(count: 24)
        file.begin(try Automaton.compile(ruleSet, cellLimit: 1 << 20), cases: questions)
        for _ in 0..<questions {
            let (subject, access) = maker.question(about: ruleSet)
            file.add(subject, access, ruleSet.decide(subject, access))
        }
    }
    return file
}

func timedCases() throws -> CaseFile {
    var file = CaseFile()
    let place = SourceLocation(file: "bench", line: 1, column: 1)
    for count in [10, 1_000, 10_000] {
        let rules = (0..<count).map { number in
            PolicyRule(
                accessClass: .file, match: .path, object: "/usr/lib/application-\(number % 97)/data/file-\(number)",
                action: .block, location: place)
        }
        let policy = Policy(
            kind: .hostPolicy, name: "bench", namespace: "", selector: PolicySelector(labels: [:]), rules: rules,
            location: place)
        let began = ContinuousClock.now
        let ruleSet = RuleSet.resolve(policies: [policy], postures: Postures())
        let automaton = try Automaton.compile(ruleSet, cellLimit: 1 << 21)
        print("\(count) rules: resolved and compiled in \(began.duration(to: .now)), \(automaton.cells.count) cells")
        let subject = Subject(executable: "/bin/cat", parent: "/bin/sh", uid: 0, hasTTY: false)
        let objects = ["/etc/passwd", "/usr/lib/application-7/data/file-7", "/usr/lib/application-7/data/file-none"]
        file.begin(automaton, cases: objects.count)
        for object in objects {
            let access = Access(accessClass: .file, object: object, bits: .read, ownerUID: 0)
            file.add(subject, access, ruleSet.decide(subject, access))
        }
    }
    return file
}

/// What a daemon does when one rule of 10,000 changes: reads its file of 1,000 again, resolves and compiles.
func timeOneChange() throws {
    func file(_ number: Int, changed: Bool) -> String {
        var text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorHostPolicy
            metadata: {name: bench-\(number)}
            spec:
              nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
              action: Block
              file:
                matchPaths:

            """
        for rule in 0..<1_000 {
            let name = changed && rule == 500 ? "changed" : "file-\(number * 1_000 + rule)"
            text += "    - path: /usr/lib/application-\(rule % 97)/data/\(name)\n"
        }
        return text
    }
    var policies = (0..<10).map { PolicyParser.parse(file($0, changed: false), file: "\($0).yaml").policies }
    let began = ContinuousClock.now
    policies[4] = PolicyParser.parse(file(4, changed: true), file: "4.yaml").policies
    let parsed = ContinuousClock.now
    let ruleSet = RuleSet.resolve(policies: policies.flatMap(\.self), postures: Postures())
    let cells = try Automaton.compile(ruleSet, cellLimit: 1 << 21).cells
    let compiled = ContinuousClock.now
    let table = cells.withUnsafeBytes { Array($0) }
    let total = began.duration(to: .now)
    print(
        "one of \(ruleSet.rules.count) rules changed: in \(total) (its file of 1,000 read in "
            + "\(began.duration(to: parsed)), all resolved and compiled in \(parsed.duration(to: compiled)), "
            + "\(table.count) bytes copied)")
    print("\(total < .milliseconds(100) ? "met   " : "MISSED") change of one of 10,000 rules: at most 100 ms")
}

let words = CommandLine.arguments
do {
    if words.count == 6, words[1] == "random", let seed = UInt64(words[2]), let sets = Int(words[3]),
        let questions = Int(words[4])
    {
        write(try randomCases(seed: seed, sets: sets, questions: questions).bytes, to: words[5])
    } else if words.count == 6 || words.count == 8, words[1] == "lab", let seed = UInt64(words[2]),
        let sets = Int(words[3]),
        let questions = Int(words[4])
    {
        let held = words.count == 8 ? try HeldRules(enforcer: words[7], directory: words[6]) : nil
        try labCases(seed: seed, sets: sets, questions: questions, folder: words[5], held: held)
    } else if words.count == 3, words[1] == "rules" {
        write(try timedCases().bytes, to: words[2])
        try timeOneChange()
    } else {
        complain(
            "usage: kubearmor-cases random SEED SETS QUESTIONS FILE | lab SEED SETS QUESTIONS FOLDER "
                + "[PLUGINS ENFORCER] | rules FILE")
        exit(2)
    }
} catch {
    complain("\(error)")
    exit(1)
}
