// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A minimal deterministic automaton over bytes, before it is laid out in cells.
struct StateMachine {
    private(set) var table = StateTable()
    private(set) var start: Int32 = 0

    /// Builds the automaton of `sequences`; `accepts` numbers what they report.
    ///
    /// Literal prefixes are a tree and need no subset construction: a node of the tree is reached by one string only,
    /// so exactly one set of tail states goes with it.
    init(
        _ sequences: [PatternSequence], cellLimit: Int, accepts: inout some AcceptTable
    ) throws(AutomatonError) {
        var sorted = sequences
        sorted.sort { Self.precedes($0.prefix, $1.prefix) }
        let trie = try LiteralTrie(sortedPrefixes: sorted, cellLimit: cellLimit)
        var tags = LinkedLists()
        for _ in 0..<trie.count { tags.addOwner() }
        var graph = PatternGraph()
        var attached = ContiguousArray<Int32>(repeating: -1, count: trie.count)
        for (index, sequence) in sorted.enumerated() {
            let node = Int(trie.ends[index])
            if sequence.tail.isEmpty {
                tags.append(sequence.tag, to: node)
            } else {
                if attached[node] < 0 { attached[node] = graph.addState() }
                graph.add(sequence.tail, from: attached[node], tag: sequence.tag)
            }
        }
        var tails = TailAutomaton(graph: graph, patternCount: sequences.count)
        let sets = try Self.sets(trie, attached, &tails)
        try tails.complete()
        let setAccepts = try Self.accepts(of: tails, &accepts)
        let minimal = TailMinimiser(tails, accepts: setAccepts)
        try merge(TrieStates(trie: trie, sets: sets, tags: tags), tails, setAccepts, minimal, &accepts)
    }

    private struct TrieStates {
        let trie: LiteralTrie
        let sets: ContiguousArray<Int32>
        let tags: LinkedLists
    }

    /// The set of tail states that is active at each node of the tree.
    private static func sets(
        _ trie: LiteralTrie, _ attached: ContiguousArray<Int32>, _ tails: inout TailAutomaton
    ) throws(AutomatonError) -> ContiguousArray<Int32> {
        var sets = ContiguousArray<Int32>(repeating: 0, count: trie.count)
        for node in 0..<trie.count {
            if node > 0 { sets[node] = try tails.next(sets[Int(trie.parents[node])], trie.bytes[node]) }
            if attached[node] >= 0 { sets[node] = try tails.adding(attached[node], to: sets[node]) }
        }
        return sets
    }

    private static func accepts(
        of tails: TailAutomaton, _ accepts: inout some AcceptTable
    ) throws(AutomatonError) -> ContiguousArray<Int32> {
        var result = ContiguousArray<Int32>()
        result.reserveCapacity(tails.sets.count)
        var tags = ContiguousArray<Int32>()
        for set in 0..<tails.sets.count {
            tags.removeAll(keepingCapacity: true)
            tails.appendTags(of: set, to: &tags)
            result.append(tags.isEmpty ? 0 : try accepts.number(&tags))
        }
        return result
    }

    /// Joins tree and tails, children before parents, so that equal states are recognised by their rows.
    private mutating func merge(
        _ states: TrieStates, _ tails: TailAutomaton, _ setAccepts: ContiguousArray<Int32>, _ minimal: TailMinimiser,
        _ accepts: inout some AcceptTable
    ) throws(AutomatonError) {
        let trie = states.trie
        var interner = minimal.rows
        var numbers = ContiguousArray<Int32>(repeating: 0, count: trie.count)
        var base = StateRow()
        var row = StateRow()
        var tags = ContiguousArray<Int32>()
        for node in stride(from: trie.count - 1, through: 0, by: -1) {
            let set = Int(states.sets[node])
            tails.copyRow(of: set, into: &base, translating: minimal.classes)
            let children = trie.childNodes[Int(trie.childStarts[node])..<Int(trie.childStarts[node + 1])]
            Self.override(base, with: children, of: trie, numbers, into: &row)
            row.normalise()
            var accept = setAccepts[set]
            if !states.tags.isEmpty(node) {
                tags.removeAll(keepingCapacity: true)
                tails.appendTags(of: set, to: &tags)
                states.tags.forEach(node) { tags.append($0) }
                accept = try accepts.number(&tags)
            }
            numbers[node] = interner.intern(row, accept: accept)
        }
        table = interner.table
        start = numbers[0]
    }

    private static func override(
        _ base: StateRow, with children: ArraySlice<Int32>, of trie: LiteralTrie, _ numbers: ContiguousArray<Int32>,
        into row: inout StateRow
    ) {
        row.removeAll(fallback: base.fallback)
        var position = 0
        for child in children {
            let byte = trie.bytes[Int(child)]
            while position < base.count, base.bytes[position] < byte {
                row.append(base.bytes[position], base.targets[position])
                position += 1
            }
            if position < base.count, base.bytes[position] == byte { position += 1 }
            row.append(byte, numbers[Int(child)])
        }
        while position < base.count {
            row.append(base.bytes[position], base.targets[position])
            position += 1
        }
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let result = left.withUnsafeBytes { first in
            right.withUnsafeBytes { second -> Int32 in
                guard let first = first.baseAddress, let second = second.baseAddress else { return 0 }
                return memcmp(first, second, min(left.count, right.count))
            }
        }
        return result != 0 ? result < 0 : left.count < right.count
    }

    /// The states that input can lead to, the start state first among equals of the tree; without the dead state.
    func reachableStates() -> ContiguousArray<Int32> {
        var isSeen = ContiguousArray<Bool>(repeating: false, count: table.count)
        var stack = ContiguousArray<Int32>([start])
        var result = ContiguousArray<Int32>()
        isSeen[0] = true
        while let state = stack.popLast() {
            if isSeen[Int(state)] { continue }
            isSeen[Int(state)] = true
            result.append(state)
            for position in table.range(Int(state)).reversed() { stack.append(table.targets[position]) }
            stack.append(table.fallbacks[Int(state)])
        }
        return result
    }
}
