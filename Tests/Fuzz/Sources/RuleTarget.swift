// SPDX-License-Identifier: Apache-2.0
import Policy

/// Bytes become a rule set and accesses: evaluator and automaton decide alike, and order carries no meaning.
enum RuleTarget {
    private static let cellLimit = 1 << 24
    private static let accessLimit = 64

    static func run(_ input: [UInt8]) {
        var reader = RuleReader(input)
        let postures = Postures(
            file: reader.bytes.pick(Posture.allCases), network: reader.bytes.pick(Posture.allCases),
            capabilities: reader.bytes.pick(Posture.allCases))
        let policies = reader.policies()
        let ruleSet = RuleSet.resolve(policies: policies, postures: postures)
        guard let automaton = compile(ruleSet) else { return }
        let backwards = policies.reversed().map { policy in
            var policy = policy
            policy.rules.reverse()
            return policy
        }
        let other = RuleSet.resolve(policies: backwards, postures: postures)
        if other.digest != ruleSet.digest || compile(other)?.cells != automaton.cells {
            Failure.report("the order of policies and rules changes the automaton")
        }
        for _ in 0..<accessLimit {
            let (subject, access) = reader.access()
            let evaluated = ruleSet.decide(subject, access)
            let walked = automaton.decide(subject, access)
            if evaluated != walked {
                Failure.report("\(subject) \(access): evaluator \(evaluated), automaton \(walked), \(ruleSet.rules)")
            }
            if reader.bytes.isEmpty { break }
        }
    }

    private static func compile(_ ruleSet: RuleSet) -> Automaton? {
        do throws(AutomatonError) {
            return try Limits.timed(Limits.compiling) { () throws(AutomatonError) in
                try Automaton.compile(ruleSet, cellLimit: cellLimit)
            }
        } catch {
            switch error {
            case .tooComplex, .tooManySources: return nil
            default: Failure.report("few rules cannot be too much in this way: \(error)")
            }
        }
    }
}
