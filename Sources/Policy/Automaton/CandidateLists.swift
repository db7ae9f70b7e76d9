// SPDX-License-Identifier: Apache-2.0

/// The candidate lists of the object automaton, each kept once.
struct CandidateLists: AcceptTable {
    /// The rules by rank: those with a source first, each part by specificity.
    private let ranked: [ResolvedRule]
    private let sourceIDs: [RuleSource: UInt32]
    /// The state that begins the automaton of each list of arguments.
    var argumentStarts: [ArgumentList: UInt32] = [:]
    private var listNumbers: [ContiguousArray<Int32>: Int] = [:]
    private var recordNumbers: [Pair: Int32] = [:]
    /// List n + 1 as ranks.
    private(set) var lists: [ContiguousArray<Int32>] = []
    /// Record n + 1: numbers of a file list and of a process list or, for objects that are no paths, of the list of
    /// their class; 0 for none.
    private(set) var records: [Pair] = []

    struct Pair: Hashable {
        var file = 0
        var other = 0
    }

    /// - Parameter ranked: the rules in the order in which they are to be asked.
    init(ranked: [ResolvedRule], sourceIDs: [RuleSource: UInt32]) {
        self.ranked = ranked
        self.sourceIDs = sourceIDs
    }

    mutating func number(_ tags: inout ContiguousArray<Int32>) throws(AutomatonError) -> Int32 {
        tags.sort()
        var pair = Pair()
        pair.file = try listNumber(tags, .file)
        pair.other = try listNumber(tags, otherClass(tags))
        if let known = recordNumbers[pair] { return known }
        records.append(pair)
        recordNumbers[pair] = Int32(records.count)
        return Int32(records.count)
    }

    /// The class besides file: objects that are no paths are matched by rules of one class only.
    private func otherClass(_ ranks: ContiguousArray<Int32>) -> AccessClass {
        for rank in ranks {
            let accessClass = ranked[Int(rank)].accessClass
            if accessClass != .file, accessClass != .process { return accessClass }
        }
        return .process
    }

    private mutating func listNumber(
        _ ranks: ContiguousArray<Int32>, _ accessClass: AccessClass
    ) throws(AutomatonError) -> Int {
        let list = usable(ranks, accessClass)
        if list.isEmpty { return 0 }
        if let known = listNumbers[list] { return known }
        if list.count > AutomatonFormat.candidates {
            let rule = ranked[Int(list[list.count - 1])]
            throw .tooManyCandidates(
                count: list.count, limit: AutomatonFormat.candidates, policy: rule.policyName, object: rule.object,
                location: rule.location)
        }
        lists.append(list)
        listNumbers[list] = lists.count
        return lists.count
    }

    /// The rules of the class without those that are never asked because one before them always decides.
    private func usable(_ ranks: ContiguousArray<Int32>, _ accessClass: AccessClass) -> ContiguousArray<Int32> {
        var result = ContiguousArray<Int32>()
        var decidedSources: [RuleSource] = []
        var asked: Set<CandidateCondition> = []
        var previous: Int32 = -1
        for rank in ranks where rank != previous {
            previous = rank
            let rule = ranked[Int(rank)]
            guard rule.accessClass == accessClass else { continue }
            if let source = rule.source, decidedSources.contains(source) { continue }
            guard asked.insert(CandidateCondition(rule)).inserted else { continue }
            result.append(rank)
            guard RuleCondition.isUnconditional(rule) else { continue }
            guard let source = rule.source else { break }
            decidedSources.append(source)
        }
        return result
    }

    /// The two cells of a candidate.
    func cells(rank: Int32, isLast: Bool) -> (UInt64, UInt64) {
        let rule = ranked[Int(rank)]
        let flags = rule.flags.intersection(AutomatonFormat.candidateFlags).rawValue
        let marks =
            (isLast ? AutomatonFormat.candidateLast : 0)
            | (rule.match == .directory ? AutomatonFormat.candidateDirectory : 0)
        let first =
            UInt64(rule.id) | UInt64(flags) << AutomatonFormat.candidateFlagsShift
            | UInt64(rule.action.rawValue) << AutomatonFormat.candidateActionShift
            | marks << AutomatonFormat.candidateMarksShift
        let source = rule.source.flatMap { sourceIDs[$0] } ?? 0
        let arguments = rule.arguments.flatMap { argumentStarts[ArgumentList($0)] } ?? 0
        return (first, UInt64(source) | UInt64(arguments) << AutomatonFormat.candidateArgumentsShift)
    }
}
