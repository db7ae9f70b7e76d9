// SPDX-License-Identifier: Apache-2.0
import Foundation
import Policy
import Testing

@Suite("Published policies are read")
struct CorpusTests {
    /// The folder of policies: named by the environment, or found beside one of the folders that hold this file.
    static func corpus() -> String? {
        let environment = ProcessInfo.processInfo.environment["KUBEARMOR_CORPUS"]
        if let environment, !environment.isEmpty { return environment }
        var parts = #filePath.split(separator: "/").map(String.init)
        while !parts.isEmpty {
            parts.removeLast()
            let folder = "/" + (parts + ["shared", "corpus", "policies"]).joined(separator: "/")
            if FileManager.default.fileExists(atPath: folder) { return folder }
        }
        return nil
    }

    /// One line a file, and one a total. Renew it with `KUBEARMOR_RENEW=1 swift test --filter CorpusTests` and read
    /// the difference: every line of it is a file of somebody's that is now read in another way.
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/corpus.tsv")

    /// Name, class, and what was found: errors with their places, codes of warnings with their numbers.
    private static func line(_ name: String, _ file: PolicyFile) -> (line: String, verdict: String) {
        let errors = file.diagnostics.filter { $0.severity == .error }
        let warnings = Dictionary(grouping: file.diagnostics.filter { $0.severity == .warning }, by: \.code)
            .map { "\($0.key) ×\($0.value.count)" }.sorted()
        let verdict =
            if !errors.isEmpty { "rejected" } else if file.policies.isEmpty { "skipped" } else if warnings.isEmpty {
                "accepted"
            } else { "accepted with warnings" }
        let found = errors.map { "\($0.code) \($0.location.line):\($0.location.column)" } + warnings
        return ("\(name)\t\(verdict)\t\(found.joined(separator: ", "))", verdict)
    }

    @Test("Every file is accepted or refused as the golden table says, and what is accepted compiles")
    func everyFile() throws {
        guard let folder = Self.corpus() else {
            print("CorpusTests: SKIPPED, no corpus: set KUBEARMOR_CORPUS to a folder of policies")
            return
        }
        var lines: [String] = []
        var totals: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let data = try Data(contentsOf: URL(filePath: folder + "/" + name))
            let file = PolicyParser.parse(String(decoding: data, as: UTF8.self), file: name)
            for finding in file.diagnostics {
                #expect(finding.location.line > 0 && finding.location.column > 0)
                #expect(!finding.message.isEmpty && !finding.remedy.isEmpty && !finding.code.isEmpty)
                totals[finding.code, default: 0] += 1
            }
            let (line, verdict) = Self.line(name, file)
            lines.append(line)
            totals[verdict, default: 0] += 1
            let set = RuleSet.resolve(policies: file.policies, postures: Postures())
            #expect(throws: Never.self, "\(name)") { try Automaton.compile(set, cellLimit: 1 << 22) }
        }
        let found = (lines + totals.sorted { $0.key < $1.key }.map { "total\t\($0.key)\t\($0.value)" })
        let text = found.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["KUBEARMOR_RENEW"] == "1" {
            try Data(text.utf8).write(to: Self.golden)
        }
        let expected = String(decoding: try Data(contentsOf: Self.golden), as: UTF8.self)
        let difference = Set(found).symmetricDifference(expected.split(separator: "\n").map(String.init))
        #expect(difference.isEmpty)
    }
}
