// SPDX-License-Identifier: Apache-2.0

/// Columns of text, for people.
enum TextTable {
    /// A line a row, the cells below each other; an empty one is a hyphen. Cells wider than `widest` push the rest of
    /// their line only.
    static func lines(_ rows: [[String]], widest: Int = 48) -> [String] {
        guard let head = rows.first else { return [] }
        let rows = rows.map { row in row.map { $0.isEmpty ? "-" : $0 } }
        let widths = head.indices.map { column in min(widest, rows.map { $0[column].count }.max() ?? 0) }
        return rows.map { row in
            let line = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
