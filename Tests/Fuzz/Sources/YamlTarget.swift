// SPDX-License-Identifier: Apache-2.0
import Policy

/// Text of a policy file: it is read or refused with positions, and what is accepted compiles.
enum YamlTarget {
    /// As many cells as the daemon gives one workload.
    private static let cellLimit = 1 << 24

    static func run(_ text: String) {
        let file = Limits.timed(Limits.parsing) { PolicyParser.parse(text, file: "input") }
        // What YAML takes for the end of a line.
        let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
        let lines = text.unicodeScalars.reduce(1) { $0 + (breaks.contains($1) ? 1 : 0) }
        for diagnostic in file.diagnostics { check(diagnostic, lines: lines) }
        if file.hasErrors != file.diagnostics.contains(where: { $0.severity == .error }) {
            Failure.report("hasErrors does not say what the diagnostics say")
        }
        compile(file.policies)
    }

    private static func check(_ diagnostic: PolicyDiagnostic, lines: Int) {
        let location = diagnostic.location
        // The end of a text may be said to be on a line of its own.
        if location.line < 1 || location.line > lines + 1 || location.column < 1 {
            Failure.report("there is no such place in \(lines) lines: \(diagnostic)")
        }
        if diagnostic.code.isEmpty || diagnostic.message.isEmpty || diagnostic.remedy.isEmpty {
            Failure.report("does not say what is wrong and what to do: \(diagnostic)")
        }
    }

    private static func compile(_ policies: [Policy]) {
        let ruleSet = RuleSet.resolve(policies: policies, postures: Postures(file: .block))
        let reversed = RuleSet.resolve(policies: policies.reversed(), postures: Postures(file: .block))
        if ruleSet.rules != reversed.rules || ruleSet.digest != reversed.digest {
            Failure.report("the order of the policies changes the rule set")
        }
        do throws(AutomatonError) {
            let automaton = try Limits.timed(Limits.compiling) { () throws(AutomatonError) in
                try Automaton.compile(ruleSet, cellLimit: cellLimit)
            }
            for rule in ruleSet.rules.prefix(100) { ask(rule, ruleSet, automaton) }
        } catch .badPattern {
            Failure.report("the parser accepted a pattern that does not compile")
        } catch {
            // Too much of something, which the error says.
            if error.description.isEmpty { Failure.report("an error without a text") }
        }
    }

    /// One access to what the rule names.
    private static func ask(_ rule: ResolvedRule, _ ruleSet: RuleSet, _ automaton: Automaton) {
        guard rule.accessClass == .process || rule.accessClass == .file else { return }
        var object = rule.object
        if rule.match == .directory, object != "/" { object.removeLast() }
        if object.utf8.first != UInt8(ascii: "/") { object = "/" + object }
        let actor = rule.source?.path ?? "/bin/sh"
        let subject = Subject(executable: actor, parent: actor, uid: 0, hasTTY: true)
        let access = Access(
            accessClass: rule.accessClass, object: object, bits: [.read, .execute], ownerUID: 1)
        let expected = ruleSet.decide(subject, access)
        let walked = automaton.decide(subject, access)
        if expected != walked { Failure.report("\(access): evaluator \(expected), automaton \(walked)") }
    }
}
