// SPDX-License-Identifier: Apache-2.0

/// What one state does on each byte, in the one form that equal behaviour has: the target of most bytes (of the
/// lowest number if there are several) and, in the order of the bytes, those that lead elsewhere.
struct StateRow {
    private(set) var fallback: Int32 = 0
    private(set) var bytes = ContiguousArray<UInt8>()
    private(set) var targets = ContiguousArray<Int32>()

    var count: Int { bytes.count }

    mutating func removeAll(fallback: Int32) {
        self.fallback = fallback
        bytes.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
    }

    /// Bytes must come in ascending order.
    mutating func append(_ byte: UInt8, _ target: Int32) {
        bytes.append(byte)
        targets.append(target)
    }

    /// Brings the row into its one form.
    mutating func normalise() {
        var best = fallback
        var bestCount = 255 - bytes.count
        for target in targets where target == fallback { bestCount += 1 }
        if bestCount < 128 { best = majority(startingWith: best, bestCount) }
        if best != fallback { expand() }
        var kept = 0
        for index in bytes.indices where targets[index] != best {
            bytes[kept] = bytes[index]
            targets[kept] = targets[index]
            kept += 1
        }
        bytes.removeLast(bytes.count - kept)
        targets.removeLast(targets.count - kept)
        fallback = best
    }

    private func majority(startingWith target: Int32, _ count: Int) -> Int32 {
        var best = target
        var bestCount = count
        let sorted = targets.filter { $0 != target }.sorted()
        var index = 0
        while index < sorted.count {
            var end = index
            while end < sorted.count, sorted[end] == sorted[index] { end += 1 }
            let size = end - index
            if size > bestCount || (size == bestCount && sorted[index] < best) {
                best = sorted[index]
                bestCount = size
            }
            index = end
        }
        return best
    }

    /// Lists all 255 bytes.
    private mutating func expand() {
        var all = ContiguousArray<Int32>(repeating: fallback, count: 256)
        for index in bytes.indices { all[Int(bytes[index])] = targets[index] }
        bytes.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
        for byte in 1...255 { append(UInt8(byte), all[byte]) }
    }
}
