// SPDX-License-Identifier: Apache-2.0

/// The acceptance records of the subject automaton: the ids of the sources that an executable matches.
struct SourceRecords: AcceptTable {
    /// Source n + 1.
    let sources: [RuleSource]
    /// Record n + 1: at most `AutomatonFormat.sources` ids, ascending.
    private(set) var records: [ContiguousArray<Int32>] = []
    private var numbers: [ContiguousArray<Int32>: Int32] = [:]

    init(sources: [RuleSource]) {
        self.sources = sources
    }

    mutating func number(_ tags: inout ContiguousArray<Int32>) throws(AutomatonError) -> Int32 {
        tags.sort()
        var ids = ContiguousArray<Int32>()
        for tag in tags where ids.last != tag { ids.append(tag) }
        if let known = numbers[ids] { return known }
        if ids.count > AutomatonFormat.sources {
            let names = ids.map { sources[Int($0) - 1].path }
            throw .tooManySources(sources: names, limit: AutomatonFormat.sources)
        }
        records.append(ids)
        numbers[ids] = Int32(records.count)
        return Int32(records.count)
    }
}
