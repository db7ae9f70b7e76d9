// SPDX-License-Identifier: Apache-2.0

/// The rows of many states, one after the other. State 0 is dead.
struct StateTable {
    private(set) var fallbacks = ContiguousArray<Int32>()
    private(set) var accepts = ContiguousArray<Int32>()
    private(set) var starts = ContiguousArray<Int32>([0])
    private(set) var bytes = ContiguousArray<UInt8>()
    private(set) var targets = ContiguousArray<Int32>()

    var count: Int { fallbacks.count }

    @inline(__always)
    func range(_ state: Int) -> Range<Int> { Int(starts[state])..<Int(starts[state + 1]) }

    mutating func append(_ row: StateRow, accept: Int32) {
        fallbacks.append(row.fallback)
        accepts.append(accept)
        bytes.append(contentsOf: row.bytes)
        targets.append(contentsOf: row.targets)
        starts.append(Int32(bytes.count))
    }

    /// Where `byte` leads from `state`.
    func next(_ state: Int, _ byte: UInt8) -> Int32 {
        var low = Int(starts[state])
        var high = Int(starts[state + 1])
        while low < high {
            let middle = (low + high) / 2
            if bytes[middle] == byte { return targets[middle] }
            if bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return fallbacks[state]
    }

    /// Whether every byte leads back to `state`.
    func isSink(_ state: Int) -> Bool { Int(fallbacks[state]) == state && range(state).isEmpty }

    func isEqual(_ state: Int, _ row: StateRow, accept: Int32) -> Bool {
        let span = range(state)
        guard accepts[state] == accept, fallbacks[state] == row.fallback, span.count == row.count else { return false }
        for (index, position) in span.enumerated()
        where bytes[position] != row.bytes[index] || targets[position] != row.targets[index] {
            return false
        }
        return true
    }
}
