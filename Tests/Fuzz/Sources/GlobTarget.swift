// SPDX-License-Identifier: Apache-2.0
import Policy

/// A glob on the first line and paths on the others: the compiled automaton and the evaluator say of each path, and of
/// some made from the glob, what the naive matcher says.
enum GlobTarget {
    private static let cellLimit = 1 << 24
    private static let pathLimit = 32

    static func run(_ input: [UInt8]) {
        let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let glob = String(decoding: lines[0], as: UTF8.self)
        let naive = naive(glob)
        let ruleSet = ruleSet(glob)
        guard let automaton = automaton(ruleSet, naive), case .success(let naive) = naive else { return }
        var choices = ByteReader(input.reversed())
        var paths = lines.dropFirst().prefix(pathLimit).map { Array($0) }
        for _ in 0..<4 {
            guard let sample = naive.sample(&choices) else { break }
            paths += [sample, sample + [UInt8(ascii: "a")], sample.dropLast(), sample + [UInt8(ascii: "/")]]
        }
        for path in paths where !path.contains(0) {
            // Objects that begin otherwise are no paths.
            let path = path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
            compare(path, naive, ruleSet, automaton)
        }
    }

    private static func naive(_ glob: String) -> Result<NaiveGlob, GlobReader.Failed> {
        Result { () throws(GlobReader.Failed) in try NaiveGlob(Array(glob.utf8)) }
    }

    private static func ruleSet(_ glob: String) -> RuleSet {
        let place = SourceLocation(file: "input", line: 1, column: 1)
        let rule = PolicyRule(accessClass: .file, match: .pattern, object: glob, action: .block, location: place)
        let policy = Policy(
            kind: .hostPolicy, name: "p", namespace: "", selector: PolicySelector(labels: [:]), rules: [rule],
            location: place)
        return RuleSet.resolve(policies: [policy], postures: Postures())
    }

    /// The compiled glob; nil when it is rightly refused.
    private static func automaton(
        _ ruleSet: RuleSet, _ naive: Result<NaiveGlob, GlobReader.Failed>
    ) -> Automaton? {
        do throws(AutomatonError) {
            let automaton = try Limits.timed(Limits.compiling) { () throws(AutomatonError) in
                try Automaton.compile(ruleSet, cellLimit: cellLimit)
            }
            if case .failure(.notAGlob) = naive { Failure.report("compiles, though it is not a glob") }
            return automaton
        } catch {
            switch error {
            case .badPattern(_, .tooManyAlternatives, _), .badPattern(_, .nestedTooDeeply, _): break
            case .badPattern:
                if case .success = naive { Failure.report("is a glob: \(error)") }
            case .tooComplex: break
            default: Failure.report("one glob cannot be too much in this way: \(error)")
            }
            return nil
        }
    }

    private static func compare(_ path: [UInt8], _ naive: NaiveGlob, _ ruleSet: RuleSet, _ automaton: Automaton) {
        let expected = naive.matches(path)
        let text = String(decoding: path, as: UTF8.self)
        let access = Access(accessClass: .file, object: text, bits: .read, ownerUID: nil)
        let walked = automaton.decide(access, object: path, actor: [], isOwner: false, hasTTY: false)
        if (walked.action == .block) != expected { Failure.report("\(path): automaton \(walked), naive \(expected)") }
        // What is not UTF-8 has another text.
        guard text.utf8.elementsEqual(path) else { return }
        let subject = Subject(executable: "/a", parent: "/a", uid: 0, hasTTY: false)
        let evaluated = ruleSet.decide(subject, access)
        if evaluated != walked { Failure.report("\(text): evaluator \(evaluated), automaton \(walked)") }
    }
}
