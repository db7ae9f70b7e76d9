// SPDX-License-Identifier: Apache-2.0

/// Merges sets of the tail automaton that behave alike (Moore's partition refinement).
struct TailMinimiser {
    /// Cells of rows that may be looked at before the automaton is taken as it is.
    private static let workLimit = 20_000_000

    /// The number of each set's class; the dead set's is 0.
    private(set) var classes: ContiguousArray<Int32>
    /// The rows of the classes.
    private(set) var rows = RowInterner()

    init(_ automaton: TailAutomaton, accepts: ContiguousArray<Int32>) {
        let count = automaton.sets.count
        classes = Self.numbered(accepts)
        var size = 0
        for set in 0..<count { size += automaton.rowSize(of: set) }
        var known = (classes.max() ?? 0) + 1
        var work = 0
        while work <= Self.workLimit {
            let refined = Self.refine(classes, automaton)
            work += size
            let refinedCount = (refined.max() ?? 0) + 1
            classes = refined
            if refinedCount == known {
                collectRows(automaton, accepts)
                return
            }
            known = refinedCount
        }
        keepAll(automaton, accepts)
    }

    /// Numbers values by their first appearance.
    private static func numbered(_ values: ContiguousArray<Int32>) -> ContiguousArray<Int32> {
        var numbers: [Int32: Int32] = [:]
        return ContiguousArray(
            values.map { value in
                let number = numbers[value] ?? Int32(numbers.count)
                numbers[value] = number
                return number
            })
    }

    private static func refine(
        _ classes: ContiguousArray<Int32>, _ automaton: TailAutomaton
    ) -> ContiguousArray<Int32> {
        var interner = RowInterner()
        var row = StateRow()
        var refined = ContiguousArray<Int32>()
        refined.reserveCapacity(classes.count)
        for set in classes.indices {
            automaton.copyRow(of: set, into: &row, translating: classes)
            row.normalise()
            refined.append(interner.intern(row, accept: classes[set]))
        }
        return refined
    }

    /// Classes are numbered by first appearance, so appending in that order gives each its number.
    private mutating func collectRows(_ automaton: TailAutomaton, _ accepts: ContiguousArray<Int32>) {
        var row = StateRow()
        for set in classes.indices where Int(classes[set]) == rows.table.count {
            automaton.copyRow(of: set, into: &row, translating: classes)
            row.normalise()
            rows.append(row, accept: accepts[set])
        }
    }

    private mutating func keepAll(_ automaton: TailAutomaton, _ accepts: ContiguousArray<Int32>) {
        classes = ContiguousArray((0..<accepts.count).map { Int32($0) })
        var row = StateRow()
        for set in classes.indices {
            automaton.copyRow(of: set, into: &row, translating: classes)
            row.normalise()
            rows.append(row, accept: accepts[set])
        }
    }
}
