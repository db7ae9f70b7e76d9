// SPDX-License-Identifier: Apache-2.0

/// Numbers states so that those with equal rows and equal acceptance get the same number.
struct RowInterner {
    private(set) var table = StateTable()
    private var slots = ContiguousArray<Int32>(repeating: -1, count: 1024)

    /// The number of the state with this row, which must be in its normal form.
    mutating func intern(_ row: StateRow, accept: Int32) -> Int32 {
        if (table.count + 1) * 2 >= slots.count { grow() }
        var slot = Self.hash(row, accept: accept) & (slots.count - 1)
        while slots[slot] >= 0 {
            if table.isEqual(Int(slots[slot]), row, accept: accept) { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(table.count)
        table.append(row, accept: accept)
        return Int32(table.count - 1)
    }

    /// Gives the row a number of its own, whether or not there is an equal one.
    mutating func append(_ row: StateRow, accept: Int32) {
        if (table.count + 1) * 2 >= slots.count { grow() }
        insert(Int32(table.count), hash: Self.hash(row, accept: accept))
        table.append(row, accept: accept)
    }

    private mutating func grow() {
        slots = ContiguousArray(repeating: -1, count: slots.count * 2)
        for state in 0..<table.count { insert(Int32(state), hash: hash(state)) }
    }

    private mutating func insert(_ state: Int32, hash: Int) {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = state
    }

    @inline(__always)
    private static func mix(_ hash: inout UInt64, _ value: UInt64) {
        hash = (hash ^ value) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 32
    }

    private static func hash(_ row: StateRow, accept: Int32) -> Int {
        var hash = UInt64(UInt32(bitPattern: accept))
        mix(&hash, UInt64(UInt32(bitPattern: row.fallback)))
        for index in 0..<row.count {
            mix(&hash, UInt64(row.bytes[index]) << 32 | UInt64(UInt32(bitPattern: row.targets[index])))
        }
        return Int(truncatingIfNeeded: hash)
    }

    private func hash(_ state: Int) -> Int {
        var hash = UInt64(UInt32(bitPattern: table.accepts[state]))
        Self.mix(&hash, UInt64(UInt32(bitPattern: table.fallbacks[state])))
        for index in table.range(state) {
            Self.mix(&hash, UInt64(table.bytes[index]) << 32 | UInt64(UInt32(bitPattern: table.targets[index])))
        }
        return Int(truncatingIfNeeded: hash)
    }
}
