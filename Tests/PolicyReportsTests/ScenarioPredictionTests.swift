// SPDX-License-Identifier: Apache-2.0
import Glibc
import Policy
import PolicyReports
import Testing

@Suite("Scenarios and the meaning that docs/policies.md promises")
struct ScenarioPredictionTests {
    /// The package's folder, found from this file's place in it.
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

    private static let host = WorkloadIdentity(
        isHost: true, name: "lab", namespace: "", containerName: "", labels: ["kubernetes.io/hostname": "lab"])

    private static func names(in folder: String) throws -> [String] {
        let opened = opendir("\(root)/\(folder)")
        let stream = try #require(opened, "\(folder) cannot be read")
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.sorted()
    }

    private static func text(_ path: String) throws -> String {
        let opened = fopen("\(root)/\(path)", "re")
        let stream = try #require(opened, "\(path) cannot be read")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        try #require(ferror(stream) == 0, "\(path) cannot be read")
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func scenarios() throws -> [PredictionFile] {
        let folder = "Tests/Scenarios"
        let files = try names(in: folder).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        return try files.map { try PredictionFile(try text("\(folder)/\($0)"), file: $0) }
    }

    /// The names in the first column of the tables of the section; the last table, of what has none, has a dash.
    private static func documented() throws -> [String] {
        let lines = try text("docs/policies.md").split(separator: "\n")
        let section = try #require(lines.firstIndex(of: "## Every meaning by name"))
        return lines[(section + 1)...].prefix { !$0.hasPrefix("## ") }.compactMap { line in
            guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
            return String(line[line.index(line.startIndex, offsetBy: 3)..<end])
        }
    }

    @Test("What scenarios predict is what the evaluator decides")
    func predictions() throws {
        var report = PredictionReport()
        for scenario in try Self.scenarios() { report.add(scenario, workload: Self.host) }
        #expect(report.failed == 0, "\(report.text)")
        #expect(report.passed > 0)
    }

    @Test("Every meaning has a name of its own, and a scenario with a prediction shows it")
    func everyMeaningIsShown() throws {
        let documented = try Self.documented()
        try #require(!documented.isEmpty)
        #expect(Set(documented).count == documented.count)
        let shown = Set(try Self.scenarios().filter { !$0.steps.isEmpty }.flatMap(\.meanings))
        #expect(documented.filter { !shown.contains($0) } == [])
    }

    @Test("A scenario names only meanings that are documented, each once, and predicts something then")
    func scenariosNameWhatExists() throws {
        let documented = Set(try Self.documented())
        for scenario in try Self.scenarios() {
            #expect(scenario.meanings.filter { !documented.contains($0) } == [], "\(scenario.name)")
            #expect(Set(scenario.meanings).count == scenario.meanings.count, "\(scenario.name)")
            #expect(scenario.meanings.isEmpty || !scenario.steps.isEmpty, "\(scenario.name)")
        }
    }

    @Test(
        "A meaning that is no list of names is an error with its place",
        arguments: ["glob.star", "[]", "[[glob.star]]", "{glob: star}"])
    func brokenMeaning(value: String) {
        let error = #expect(throws: PredictionError.self) {
            try PredictionFile("name: x\nmeaning: \(value)\nsteps: []\n", file: "x.yaml")
        }
        #expect(error?.description.hasPrefix("x.yaml:2:") == true, "\(String(describing: error))")
    }
}
