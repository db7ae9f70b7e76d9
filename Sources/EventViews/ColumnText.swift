// SPDX-License-Identifier: Apache-2.0

/// Columns of text for people, whose cells strangers may have written.
public enum ColumnText {
    /// A line a row; an empty cell is a hyphen. Cells wider than `widest` push the rest of their line only.
    public static func lines(_ rows: [[String]], widest: Int = 48) -> [String] {
        guard let head = rows.first else { return [] }
        let rows = rows.map { row in row.map { $0.isEmpty ? "-" : PrintableText.of($0) } }
        let widths = head.indices.map { column in min(widest, rows.map { $0[column].count }.max() ?? 0) }
        return rows.map { row in
            let line = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
