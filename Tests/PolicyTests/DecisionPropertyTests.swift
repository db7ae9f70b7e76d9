// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing

@Suite("Three implementations of the semantics decide alike")
struct DecisionPropertyTests {
    @Test("Automaton, evaluator and oracle agree on random rule sets", arguments: 0..<12 as Range<UInt64>)
    func agreement(seed: UInt64) throws {
        var random = RandomPolicies(seed: seed * 7919 + 1)
        for _ in 0..<40 {
            let count = 1 + random.generator.below(6)
            let posture = random.generator.pick(Posture.allCases)
            let set = RuleSet.resolve(policies: random.policies(rules: count), postures: Postures(file: posture))
            let automaton = try Automaton.compile(set, cellLimit: 1 << 22)
            for _ in 0..<60 {
                let (subject, access) = random.access()
                let expected = NaiveOracle.decide(set, subject, access)
                let evaluated = set.decide(subject, access)
                let walked = automaton.decide(subject, access)
                #expect(evaluated == expected, "evaluator: \(subject) \(access) \(set.rules)")
                #expect(walked == expected, "automaton: \(subject) \(access) \(set.rules)")
                if evaluated != expected || walked != expected { return }
            }
        }
    }

    @Test("The order of policies and rules changes neither digest nor cells", arguments: 0..<10 as Range<UInt64>)
    func permutation(seed: UInt64) throws {
        var random = RandomPolicies(seed: seed + 1000)
        let policies = random.policies(rules: 8)
        let first = RuleSet.resolve(policies: policies, postures: Postures())
        var shuffled = policies.shuffled(using: &random.generator)
        for index in shuffled.indices { shuffled[index].rules.shuffle(using: &random.generator) }
        let second = RuleSet.resolve(policies: shuffled + [shuffled[0]], postures: Postures())
        #expect(first.digest == second.digest)
        #expect(first.rules == second.rules)
        let cells = try Automaton.compile(first, cellLimit: 1 << 22).cells
        #expect(try Automaton.compile(second, cellLimit: 1 << 22).cells == cells)
    }

    @Test("A different posture, action or message gives a different digest")
    func digestDiffers() {
        var random = RandomPolicies(seed: 5)
        let policies = random.policies(rules: 4)
        let digest = RuleSet.resolve(policies: policies, postures: Postures()).digest
        #expect(RuleSet.resolve(policies: policies, postures: Postures(file: .block)).digest != digest)
        var changed = policies
        changed[0].rules[0].message = "other"
        #expect(RuleSet.resolve(policies: changed, postures: Postures()).digest != digest)
    }
}
