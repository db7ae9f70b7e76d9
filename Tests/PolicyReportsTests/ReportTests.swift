// SPDX-License-Identifier: Apache-2.0
import JSON
import Policy
import PolicyReports
import Testing

@Suite("What the policy commands print")
struct ReportTests {
    private static let text = """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorHostPolicy
        metadata: {name: h}
        spec:
          nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
          file:
            matchDirectories: [{dir: /etc/, recursve: true}]
            matchPaths: [{path: /etc/shadow, action: Allow, fromSource: [{path: /bin/login}]}]
          network: {matchProtocols: [{protocol: tcp}]}
          action: Block
        """

    private let file = PolicyParser.parse(text, file: "h.yaml")
    private var set: RuleSet { RuleSet.resolve(policies: file.policies, postures: Postures(file: .block)) }

    private var findings: FindingsReport {
        FindingsReport(files: [
            FindingsReport.File(name: "h.yaml", policies: 1, rules: 3, findings: file.diagnostics)
        ])
    }

    @Test("Findings name file, line, column, field and what to write instead")
    func findingsText() {
        let expected = """
            h.yaml:7:37: warning: spec.file.matchDirectories[0].recursve: the field is unknown and ignored: \
            did you mean `recursive`?
            1 files, 1 policies, 3 rules: 0 errors, 1 warnings, 0 notes
            """
        #expect(findings.text == expected)
    }

    @Test("SARIF names files by URIs")
    func sarifURI() throws {
        let report = FindingsReport(files: [
            FindingsReport.File(name: "a b/ü#.yaml", policies: 1, rules: 3, findings: file.diagnostics)
        ])
        #expect(report.sarif(version: "v1").contains("\"a%20b/%C3%BC%23.yaml\""))
    }

    @Test("SARIF carries rule, level and region of every finding")
    func sarif() throws {
        let log = try #require(JSONParser.parse(findings.sarif(version: "v1")))
        #expect(log["version"]?.string == "2.1.0")
        let run = try #require(log["runs"]?.elements.first)
        #expect(run["tool"]?["driver"]?["rules"]?.elements.first?["id"]?.string == "unknown-field")
        let result = try #require(run["results"]?.elements.first)
        #expect(result["ruleId"]?.string == "unknown-field")
        #expect(result["level"]?.string == "warning")
        let region = result["locations"]?.elements.first?["physicalLocation"]?["region"]
        #expect(region?["startLine"]?.integer == 7)
        #expect(region?["startColumn"]?.integer == 37)
    }

    @Test(
        "An explanation says who decides and why the others do not",
        arguments: [
            (
                "/bin/login", "/etc/shadow",
                """
                allowed: by h (h.yaml:8:18)
                  Allow file.path /etc/shadow from /bin/login
                    h (h.yaml:8:18): decides
                  Block file.directory /etc/
                    h (h.yaml:7:24): lost: rules with a matching fromSource go first
                """
            ),
            (
                "/bin/cat", "/etc/shadow",
                """
                denied: by h (h.yaml:7:24)
                  Allow file.path /etc/shadow from /bin/login
                    h (h.yaml:8:18): silent: its fromSource is another program
                  Block file.directory /etc/
                    h (h.yaml:7:24): decides
                """
            ),
            (
                "/bin/cat", "/var/log",
                "denied: the class is an allow list and no rule matches: the posture decides"
            ),
            (
                "/bin/login", "/etc/hosts",
                """
                denied: by h (h.yaml:7:24)
                  Block file.directory /etc/
                    h (h.yaml:7:24): decides
                """
            ),
        ])
    func explanation(process: String, path: String, expected: String) {
        let subject = Subject(executable: process, parent: process, uid: 0, hasTTY: false)
        let access = Access(accessClass: .file, object: path, bits: .read, ownerUID: 0)
        #expect(ExplanationReport(set.explain(subject, access)).text == expected)
    }

    @Test("A difference names rules that go and come and accesses that are decided otherwise")
    func difference() {
        let text = Self.text.replacing("/bin/login", with: "/bin/su").replacing("tcp", with: "udp")
        let other = RuleSet.resolve(
            policies: PolicyParser.parse(text, file: "n.yaml").policies, postures: Postures(file: .block))
        let report = DifferenceReport(from: set, to: other).text
        let expected = [
            "- Allow file.path /etc/shadow from /bin/login", "+ Block network.protocol udp",
            """
              read /etc/shadow by /bin/login as another user
                allowed by h (h.yaml:8:18) → denied by h (n.yaml:7:24)
            """,
            """
              socket 2 2 17 by /bin/login
                allowed → denied by h (n.yaml:9:30)
            """,
        ]
        for part in expected { #expect(report.contains(part), "\(report)") }
        #expect(DifferenceReport(from: set, to: set).isEmpty)
    }

    @Test("A rule table shows ids, words, origins and postures")
    func table() throws {
        let expected = """
            1\tAllow file.path /etc/shadow from /bin/login\th (h.yaml:8:18)
            2\tBlock file.directory /etc/\th (h.yaml:7:24)
            3\tBlock network.protocol tcp\th (h.yaml:9:30)
            posture of file: block
            3 rules, 10 cells (80 bytes in the kernel)
            """
        #expect(RuleTable(set, cells: 10).text == expected)
        let json = try #require(JSONParser.parse(RuleTable(set, cells: 10).json))
        #expect(json["rules"]?.elements.count == 3)
    }
}
