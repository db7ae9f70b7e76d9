// SPDX-License-Identifier: Apache-2.0

/// Sets of numbers, each kept once and known by a small id. Id 0 is the empty set.
struct StateSets {
    private var elements = ContiguousArray<Int32>()
    private var starts = ContiguousArray<Int>([0])
    private var table = ContiguousArray<Int32>(repeating: -1, count: 1024)

    init() {
        var none = ContiguousArray<Int32>()
        _ = intern(&none)
    }

    var count: Int { starts.count - 1 }
    /// Sizes of all sets together.
    var totalSize: Int { elements.count }

    subscript(id: Int) -> ArraySlice<Int32> {
        ArraySlice(elements[starts[id]..<starts[id + 1]])
    }

    /// Calls `body` for every member of a set, in ascending order.
    @inline(__always)
    func forEach(_ id: Int, _ body: (Int32) -> Void) {
        for index in starts[id]..<starts[id + 1] { body(elements[index]) }
    }

    /// The id of the set of these numbers. Sorts `members` and removes repetitions.
    mutating func intern(_ members: inout ContiguousArray<Int32>) -> Int32 {
        Self.normalise(&members)
        var hash = UInt64(members.count) &+ 0x9e37_79b9_7f4a_7c15
        for member in members {
            hash = (hash ^ UInt64(UInt32(bitPattern: member))) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
        }
        if count * 2 >= table.count { grow() }
        var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[slot] >= 0 {
            if isEqual(Int(table[slot]), members) { return table[slot] }
            slot = (slot + 1) & (table.count - 1)
        }
        let id = Int32(count)
        table[slot] = id
        elements.append(contentsOf: members)
        starts.append(elements.count)
        return id
    }

    private static func normalise(_ members: inout ContiguousArray<Int32>) {
        guard members.count > 1 else { return }
        members.sort()
        var kept = 1
        for index in 1..<members.count where members[index] != members[kept - 1] {
            members[kept] = members[index]
            kept += 1
        }
        members.removeLast(members.count - kept)
    }

    private func isEqual(_ id: Int, _ members: ContiguousArray<Int32>) -> Bool {
        let start = starts[id]
        guard starts[id + 1] - start == members.count else { return false }
        for index in members.indices where elements[start + index] != members[index] { return false }
        return true
    }

    private mutating func grow() {
        var bigger = ContiguousArray<Int32>(repeating: -1, count: table.count * 2)
        for id in table where id >= 0 {
            var hash = UInt64(starts[Int(id) + 1] - starts[Int(id)]) &+ 0x9e37_79b9_7f4a_7c15
            forEach(Int(id)) { member in
                hash = (hash ^ UInt64(UInt32(bitPattern: member))) &* 0xff51_afd7_ed55_8ccd
                hash ^= hash >> 32
            }
            var slot = Int(truncatingIfNeeded: hash) & (bigger.count - 1)
            while bigger[slot] >= 0 { slot = (slot + 1) & (bigger.count - 1) }
            bigger[slot] = id
        }
        table = bigger
    }
}
