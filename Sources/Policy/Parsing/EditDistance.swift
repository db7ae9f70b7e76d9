// SPDX-License-Identifier: Apache-2.0

/// Finds the name that somebody probably meant.
enum EditDistance {
    /// The nearest of `names`, if it is near enough to be meant.
    static func nearest(to name: String, in names: [String]) -> String? {
        let wanted = Array(name.lowercased().utf8.prefix(64))
        let ranked = names.map { (distance: distance(wanted, Array($0.lowercased().utf8)), name: $0) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(wanted.count, best.name.utf8.count) / 3) ? best.name : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for row in 0..<first.count {
            var current = [row + 1]
            for column in 0..<second.count {
                let isEqual = first[row] == second[column]
                var best = min(previous[column] + (isEqual ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[second.count]
    }
}
