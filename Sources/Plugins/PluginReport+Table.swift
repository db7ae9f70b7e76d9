// SPDX-License-Identifier: Apache-2.0

extension PluginReport {
    /// The reports as a table for people: what `kubearmor plugins list` prints.
    public static func table(_ reports: [PluginReport]) -> String {
        let head = ["KIND", "NAME", "VERSION", "ABI", "STATUS", "CODE", "REASON", "FILE"]
        let rows = [head] + reports.map(\.cells)
        // A long reason must not push the file out of sight on every line.
        let widths = head.indices.map { column in min(60, rows.map { $0[column].count }.max() ?? 0) }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
            }
            return trimmed(cells.joined(separator: "  "))
        }.joined(separator: "\n")
    }

    /// Everything known, a line each: what `kubearmor plugins info` prints.
    public var details: String {
        var lines: [(String, String)] = [
            ("kind", kind?.name ?? ""), ("name", name), ("version", version), ("summary", summary),
            ("license", license), ("status", status.rawValue), ("code", code), ("reason", reason), ("file", file),
            ("ABI", abi), ("header", headerHash), ("needs", needs), ("mode", mode),
            ("capabilities", capabilities.joined(separator: " ")),
            ("libraries", neededLibraries.joined(separator: " ")),
            ("opened later", lazyLibraries.joined(separator: " ")),
        ]
        lines += calls.filter { $0.calls > 0 }.map { ("calls of \($0.entry)", $0.sentence) }
        let width = lines.map { $0.0.count }.max() ?? 0
        return lines.filter { !$0.1.isEmpty }.map { key, value in
            key + ":" + String(repeating: " ", count: width - key.count + 1) + value
        }.joined(separator: "\n")
    }

    private var cells: [String] {
        [kind?.name ?? "?", name, version, abi, status.rawValue, code, reason, file].map { $0.isEmpty ? "-" : $0 }
    }

    private static func trimmed(_ line: String) -> String {
        String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
    }
}

extension EntryStatistics {
    /// "12 calls, 1 failed, 0 late, mean 3 µs, longest 10 µs; last error: …"
    fileprivate var sentence: String {
        let mean = calls > 0 ? totalNanoseconds / calls / 1000 : 0
        let text = "\(calls), \(errors) failed, \(late) late, mean \(mean) µs, longest \(maximumNanoseconds / 1000) µs"
        return lastError.isEmpty ? text : "\(text); last error: \(lastError)"
    }
}
