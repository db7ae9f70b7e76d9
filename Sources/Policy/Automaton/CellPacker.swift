// SPDX-License-Identifier: Apache-2.0

/// Lays states out so that their transitions interleave: first fit from a moving low-water mark, rows with many
/// transitions first, rows with none into the holes that remain.
struct CellPacker {
    /// Words of 64 cells that are tried before half of them are given up.
    private static let searchLimit = 128

    private var free = ContiguousArray<UInt64>()
    private var low = 0
    /// First word behind everything placed so far.
    private var top = 0
    private let cellLimit: Int
    /// First cell that no state can refer to.
    private(set) var end: Int

    init(cellLimit: Int) {
        self.cellLimit = cellLimit
        end = AutomatonFormat.headerCells
        free.append(~0 << UInt64(AutomatonFormat.headerCells))
    }

    /// Places all reachable states of the machines; gives each machine's states their cells.
    mutating func place(_ machines: [StateMachine]) throws(AutomatonError) -> [ContiguousArray<Int32>] {
        var places = machines.map { ContiguousArray<Int32>(repeating: 0, count: $0.table.count) }
        var buckets = ContiguousArray<ContiguousArray<(machine: Int32, state: Int32)>>(repeating: [], count: 256)
        for (index, machine) in machines.enumerated() {
            for state in machine.reachableStates() {
                buckets[machine.table.range(Int(state)).count].append((Int32(index), state))
            }
        }
        for size in stride(from: 255, through: 0, by: -1) {
            if [255, 8, 1, 0].contains(size) { low = 0 }
            let keep = size > 8 ? 16 : size > 1 ? 4 : size
            for item in buckets[size] {
                let table = machines[Int(item.machine)].table
                let bytes = table.bytes[table.range(Int(item.state))]
                let place = find(bytes)
                occupy(place, bytes)
                places[Int(item.machine)][Int(item.state)] = Int32(place)
                end = max(end, place + AutomatonFormat.reach)
                if end > cellLimit { throw .cellLimitExceeded(needed: end, limit: cellLimit) }
                while low < top, free[low].nonzeroBitCount <= keep { low += 1 }
            }
        }
        return places
    }

    private mutating func reserve(word: Int) {
        while free.count <= word + 5 { free.append(~0) }
    }

    private mutating func find(_ bytes: ArraySlice<UInt8>) -> Int {
        var word = low
        var tries = 0
        while true {
            reserve(word: word)
            var fits = free[word]
            if fits != 0 {
                for byte in bytes {
                    let offset = word + Int(byte >> 6)
                    let shift = UInt64(byte & 63)
                    fits &= shift == 0 ? free[offset] : free[offset] >> shift | free[offset + 1] << (64 - shift)
                    if fits == 0 { break }
                }
                if fits != 0 { return word * 64 + fits.trailingZeroBitCount }
            }
            tries += 1
            word += 1
            // Holes that nothing fits into any more must not be tried for every row.
            if tries % Self.searchLimit == 0 { low = min(top, low + Self.searchLimit / 2) }
        }
    }

    private mutating func occupy(_ place: Int, _ bytes: ArraySlice<UInt8>) {
        take(place)
        for byte in bytes { take(place + Int(byte)) }
    }

    private mutating func take(_ cell: Int) {
        free[cell >> 6] &= ~(1 << UInt64(cell & 63))
        top = max(top, (cell >> 6) + 1)
    }
}
