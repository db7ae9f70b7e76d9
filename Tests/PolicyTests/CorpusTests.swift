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

    @Test("Every file is accepted or refused with a place and a reason, and what is accepted compiles")
    func everyFile() throws {
        guard let folder = Self.corpus() else {
            print("CorpusTests: SKIPPED, no corpus: set KUBEARMOR_CORPUS to a folder of policies")
            return
        }
        var counts = (accepted: 0, warned: 0, skipped: 0, rejected: 0)
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let data = try Data(contentsOf: URL(filePath: folder + "/" + name))
            let file = PolicyParser.parse(String(decoding: data, as: UTF8.self), file: name)
            for finding in file.diagnostics {
                #expect(finding.location.line > 0 && finding.location.column > 0)
                #expect(!finding.message.isEmpty && !finding.remedy.isEmpty && !finding.code.isEmpty)
            }
            if file.hasErrors {
                counts.rejected += 1
                for finding in file.diagnostics where finding.severity == .error { print("rejected: \(finding)") }
            } else if file.policies.isEmpty {
                counts.skipped += 1
            } else if file.diagnostics.isEmpty {
                counts.accepted += 1
            } else {
                counts.warned += 1
            }
            let set = RuleSet.resolve(policies: file.policies, postures: Postures())
            #expect(throws: Never.self, "\(name)") { try Automaton.compile(set, cellLimit: 1 << 22) }
        }
        print(
            "CorpusTests: \(counts.accepted) accepted, \(counts.warned) with warnings, \(counts.skipped) not "
                + "KubeArmor's or not enforced, \(counts.rejected) rejected")
        #expect(counts.accepted + counts.warned > 0)
    }
}
