// SPDX-License-Identifier: Apache-2.0

/// What the runs of several backends have found, scenario by backend: each run leaves a file.
struct OutcomeTable {
    private static let prefix = "outcomes-"
    private var backends: [String] = []
    private var outcomes: [String: [String: String]] = [:]

    /// Keeps the outcomes of one backend for the table, in place of what an earlier run found.
    static func write(_ outcomes: [(scenario: String, outcome: String)], backend: String, folder: String) throws {
        let lines = outcomes.map { "\($0.scenario)\t\($0.outcome)\n" }.joined()
        let name = backend.replacing(" ", with: "-")
        try FileTree.write(Array("\(backend)\n\(lines)".utf8), to: "\(folder)/\(prefix)\(name).tsv")
    }

    init(folder: String) throws {
        for name in try FileTree.names(in: folder).sorted() where name.hasPrefix(Self.prefix) {
            let lines = try FileTree.text("\(folder)/\(name)").split(whereSeparator: \.isNewline).map(String.init)
            guard let backend = lines.first else { continue }
            backends.append(backend)
            for line in lines.dropFirst() {
                let cells = line.split(separator: "\t").map(String.init)
                if cells.count == 2 { outcomes[cells[0], default: [:]][backend] = cells[1] }
            }
        }
    }

    /// A line a scenario, a column a backend.
    var text: String {
        guard !backends.isEmpty else { return "no backend was run: make lab" }
        let names = outcomes.keys.sorted()
        let width = names.map(\.count).max() ?? 0
        let rows = [("", backends)] + names.map { name in (name, backends.map { outcomes[name]?[$0] ?? "-" }) }
        return rows.map { name, cells in
            let head = name + String(repeating: " ", count: max(0, width - name.count))
            let rest = zip(cells, backends).map { cell, backend in
                cell + String(repeating: " ", count: max(0, backend.count - cell.count))
            }
            return ([head] + rest).joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
