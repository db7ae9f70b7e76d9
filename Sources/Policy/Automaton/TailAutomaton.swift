// SPDX-License-Identifier: Apache-2.0

/// The tails of the patterns made deterministic, one row for every set of states that can be active together. Rows
/// are made when they are asked for.
struct TailAutomaton {
    /// How many sets of states, and how much work in comparisons of byte sets, are spent before giving up.
    static let setLimit = 200_000
    private static let workLimit = 200_000_000
    /// How many transitions the sets may have together: minimising and packing look at them again and again.
    private static let transitionLimit = 2_000_000

    let graph: PatternGraph
    private(set) var sets = StateSets()
    private var rows = StateTable()
    private var rowOfSet = ContiguousArray<Int32>()
    private var work = 0
    private let patternCount: Int

    init(graph: PatternGraph, patternCount: Int) {
        self.graph = graph
        self.patternCount = patternCount
    }

    /// The set that `byte` leads to.
    mutating func next(_ set: Int32, _ byte: UInt8) throws(AutomatonError) -> Int32 {
        guard set != 0 else { return 0 }
        let index = try row(of: set)
        return rows.next(index, byte)
    }

    /// The set of `set` and everything that begins in `state`.
    mutating func adding(_ state: Int32, to set: Int32) throws(AutomatonError) -> Int32 {
        var members = ContiguousArray(sets[Int(set)])
        graph.appendClosure(of: state, to: &members)
        return try intern(&members)
    }

    /// Makes the rows of all sets that can be reached, and so finds those sets.
    mutating func complete() throws(AutomatonError) {
        var set = 0
        while set < sets.count {
            _ = try row(of: Int32(set))
            set += 1
        }
    }

    /// Copies the row of a set, which must have been made.
    func copyRow(of set: Int, into row: inout StateRow, translating numbers: ContiguousArray<Int32>) {
        let index = Int(rowOfSet[set])
        row.removeAll(fallback: numbers[Int(rows.fallbacks[index])])
        for position in rows.range(index) {
            row.append(rows.bytes[position], numbers[Int(rows.targets[position])])
        }
    }

    func rowSize(of set: Int) -> Int { rows.range(Int(rowOfSet[set])).count + 1 }

    func appendTags(of set: Int, to tags: inout ContiguousArray<Int32>) {
        sets.forEach(set) { state in graph.forEachTag(of: state) { tags.append($0) } }
    }

    private mutating func row(of set: Int32) throws(AutomatonError) -> Int {
        while rowOfSet.count < sets.count { rowOfSet.append(-1) }
        if rowOfSet[Int(set)] >= 0 { return Int(rowOfSet[Int(set)]) }
        let row = try makeRow(of: Int(set))
        while rowOfSet.count < sets.count { rowOfSet.append(-1) }
        rowOfSet[Int(set)] = Int32(rows.count)
        rows.append(row, accept: 0)
        return rows.count - 1
    }

    private mutating func makeRow(of set: Int) throws(AutomatonError) -> StateRow {
        let parts = partition(set)
        var next = ContiguousArray<Int32>(repeating: 0, count: 256)
        var widest = (bytes: 0, target: 0 as Int32)
        var members = ContiguousArray<Int32>()
        for part in parts {
            members.removeAll(keepingCapacity: true)
            for target in part.targets { graph.appendClosure(of: target, to: &members) }
            let target = try intern(&members)
            part.set.forEach { next[Int($0)] = target }
            if part.set.count > widest.bytes { widest = (part.set.count, target) }
        }
        var row = StateRow()
        row.removeAll(fallback: widest.target)
        for byte in 1...255 where next[byte] != widest.target { row.append(UInt8(byte), next[byte]) }
        row.normalise()
        if work > Self.workLimit || rows.bytes.count > Self.transitionLimit { throw tooComplex }
        return row
    }

    private typealias Part = (set: ByteSet, targets: ContiguousArray<Int32>)

    /// The bytes, grouped by the states that they lead to from the states of `set`.
    private mutating func partition(_ set: Int) -> [Part] {
        var parts: [Part] = [(.all, [])]
        var comparisons = 0
        sets.forEach(set) { state in
            graph.forEachEdge(of: state) { edge in
                comparisons += parts.count
                for index in parts.indices {
                    let common = parts[index].set.intersection(edge.set)
                    if common.isEmpty { continue }
                    if common != parts[index].set {
                        parts.append((parts[index].set.subtracting(common), parts[index].targets))
                        parts[index].set = common
                    }
                    parts[index].targets.append(edge.target)
                }
            }
        }
        work += comparisons
        return parts
    }

    private mutating func intern(_ members: inout ContiguousArray<Int32>) throws(AutomatonError) -> Int32 {
        work += members.count
        let set = sets.intern(&members)
        if sets.count > Self.setLimit || sets.totalSize > Self.workLimit / 4 { throw tooComplex }
        return set
    }

    private var tooComplex: AutomatonError {
        .tooComplex(patterns: patternCount, limit: min(sets.count, Self.setLimit))
    }
}
