// SPDX-License-Identifier: Apache-2.0

/// Turns the rules of a rule set into cells. System calls and devices are nothing that the kernel programs decide.
struct AutomatonCompiler {
    /// Elements that the tails of all patterns may have together.
    private static let tailLimit = 2_000_000

    private let ruleSet: RuleSet
    private let cellLimit: Int
    private let rules: [ResolvedRule]
    private let sources: [RuleSource]

    init(_ ruleSet: RuleSet, cellLimit: Int) {
        self.ruleSet = ruleSet
        self.cellLimit = min(cellLimit, Int(AutomatonFormat.nextMask) + 1)
        rules = ruleSet.rules.filter { $0.accessClass != .syscall && $0.accessClass != .device }
        sources = Set(rules.compactMap(\.source)).sorted { RuleOrder.compare($0, $1) < 0 }
    }

    func compile() throws(AutomatonError) -> [UInt64] {
        var layout = AutomatonLayout(ruleSet, rules: rules, cellLimit: cellLimit)
        guard !rules.isEmpty else { return try layout.finish() }
        let ranked = Self.ranked(rules)
        var sourceIDs: [RuleSource: UInt32] = [:]
        for (index, source) in sources.enumerated() { sourceIDs[source] = UInt32(index + 1) }
        var candidates = CandidateLists(ranked: ranked, sourceIDs: sourceIDs)
        let objects = try StateMachine(objectSequences(ranked), cellLimit: cellLimit, accepts: &candidates)
        var records = SourceRecords(sources: sources)
        let subjects =
            sources.isEmpty ? nil : try StateMachine(subjectSequences(), cellLimit: cellLimit, accepts: &records)
        let lists = Set(rules.compactMap { $0.arguments.map(ArgumentList.init) }).sorted()
        let machines = try argumentMachines(lists)
        let starts = try layout.add(objects: objects, subjects: subjects, arguments: machines)
        candidates.argumentStarts = Dictionary(uniqueKeysWithValues: zip(lists, starts))
        layout.add(candidates)
        layout.add(records)
        return try layout.finish()
    }

    /// The rules in the order in which they are asked.
    private static func ranked(_ rules: [ResolvedRule]) -> [ResolvedRule] {
        var keyed = rules.map { (isUnsourced: $0.source == nil, specificity: Specificity($0), rule: $0) }
        keyed.sort { first, second in
            if first.isUnsourced != second.isUnsourced { return second.isUnsourced }
            return first.specificity < second.specificity
        }
        return keyed.map(\.rule)
    }

    private func objectSequences(_ ranked: [ResolvedRule]) throws(AutomatonError) -> [PatternSequence] {
        var sequences: [PatternSequence] = []
        sequences.reserveCapacity(ranked.count)
        var tailSize = 0
        for (rank, rule) in ranked.enumerated() {
            do throws(GlobError) {
                let first = sequences.count
                try PatternSequence.make(
                    match: rule.match, name: rule.object, recursive: rule.flags.contains(.recursive), tag: Int32(rank),
                    into: &sequences)
                tailSize += sequences[first...].reduce(0) { $0 + $1.tail.count }
            } catch {
                throw .badPattern(pattern: rule.object, reason: error, location: rule.location)
            }
            if tailSize > Self.tailLimit {
                throw .tooComplex(patterns: sequences.count, limit: TailAutomaton.setLimit)
            }
        }
        addPlaces(of: ranked, to: &sequences)
        return sequences
    }

    /// Of rules that ask the same of whoever acts, the first stands for all: at most one a directory and such a group.
    private func addPlaces(of ranked: [ResolvedRule], to sequences: inout [PatternSequence]) {
        var seen: [CandidateCondition: Set<[UInt8]>] = [:]
        for (rank, rule) in ranked.enumerated() where rule.action == .block {
            let condition = CandidateCondition(ofPlace: rule)
            // The deepest first: what is above a directory that was seen was seen with it.
            for place in Place.holding(rule).reversed() {
                guard seen[condition, default: []].insert(place).inserted else { break }
                sequences.append(
                    PatternSequence(prefix: [AutomatonFormat.placeMark] + place, tail: [], tag: Int32(rank)))
            }
        }
    }

    private func argumentMachines(_ lists: [ArgumentList]) throws(AutomatonError) -> [StateMachine] {
        var machines: [StateMachine] = []
        for list in lists {
            var permitted = Permitted()
            machines.append(
                try StateMachine(PatternSequence.arguments(list), cellLimit: cellLimit, accepts: &permitted))
        }
        return machines
    }

    /// An argument ends in a state of a permitted one, or not.
    private struct Permitted: AcceptTable {
        mutating func number(_ tags: inout ContiguousArray<Int32>) -> Int32 { tags.isEmpty ? 0 : 1 }
    }

    private func subjectSequences() throws(AutomatonError) -> [PatternSequence] {
        var sequences: [PatternSequence] = []
        for (index, source) in sources.enumerated() {
            do throws(GlobError) {
                try PatternSequence.make(
                    match: source.match, name: source.path, recursive: source.recursive, tag: Int32(index + 1),
                    into: &sequences)
            } catch {
                let location = rules.first { $0.source == source }?.location
                throw .badPattern(
                    pattern: source.path, reason: error,
                    location: location ?? SourceLocation(file: "", line: 1, column: 1))
            }
        }
        return sequences
    }
}
