// SPDX-License-Identifier: Apache-2.0

/// The literal prefixes of all patterns as a tree of bytes. Nodes are numbered so that a parent comes before its
/// children; the root is 0.
struct LiteralTrie {
    private(set) var parents = ContiguousArray<Int32>([-1])
    private(set) var bytes = ContiguousArray<UInt8>([0])
    /// The node at which each of the given prefixes ends.
    private(set) var ends = ContiguousArray<Int32>()
    /// children of node n: childNodes[childStarts[n] ..< childStarts[n + 1]], in the order of their bytes.
    private(set) var childStarts = ContiguousArray<Int32>()
    private(set) var childNodes = ContiguousArray<Int32>()

    var count: Int { parents.count }

    /// Builds the tree.
    ///
    /// - Parameters:
    ///   - prefixes: sorted by bytes.
    ///   - cellLimit: cells that the automaton may have. Nodes become states, which merge a little at most, so a tree
    ///     of four times as many nodes is given up before it takes the memory.
    init(sortedPrefixes prefixes: [PatternSequence], cellLimit: Int) throws(AutomatonError) {
        var path = ContiguousArray<Int32>([0])
        var previous: [UInt8] = []
        ends.reserveCapacity(prefixes.count)
        for sequence in prefixes {
            let prefix = sequence.prefix
            var common = 0
            let limit = min(prefix.count, previous.count)
            while common < limit, prefix[common] == previous[common] { common += 1 }
            path.removeLast(path.count - common - 1)
            for byte in prefix[common...] {
                parents.append(path[path.count - 1])
                bytes.append(byte)
                path.append(Int32(parents.count - 1))
            }
            if count / 4 > cellLimit { throw .cellLimitExceeded(needed: count, limit: cellLimit) }
            ends.append(path[path.count - 1])
            previous = prefix
        }
        linkChildren()
    }

    /// Nodes are created in the order of their bytes, so filling in the order of numbers keeps children sorted.
    private mutating func linkChildren() {
        childStarts = ContiguousArray(repeating: 0, count: count + 1)
        for node in 1..<max(count, 1) { childStarts[Int(parents[node]) + 1] += 1 }
        for node in 0..<count { childStarts[node + 1] += childStarts[node] }
        childNodes = ContiguousArray(repeating: 0, count: max(count - 1, 0))
        var cursor = childStarts
        for node in 1..<max(count, 1) {
            let parent = Int(parents[node])
            childNodes[Int(cursor[parent])] = Int32(node)
            cursor[parent] += 1
        }
    }
}
