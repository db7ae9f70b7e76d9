// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// What is wrong, or suspicious, in a set of policy files, in the forms of `kubearmor policy check`.
public struct FindingsReport: Sendable {
    /// A file that was looked at.
    public struct File: Sendable {
        public let name: String
        public let policies: Int
        public let rules: Int
        public let findings: [PolicyDiagnostic]

        public init(name: String, policies: Int, rules: Int, findings: [PolicyDiagnostic]) {
            self.name = name
            self.policies = policies
            self.rules = rules
            self.findings = findings
        }
    }

    public let files: [File]

    public init(files: [File]) { self.files = files }

    public var errorCount: Int { count(.error) }
    public var warningCount: Int { count(.warning) }
    private var noteCount: Int { count(.note) }

    private func count(_ severity: PolicyDiagnostic.Severity) -> Int {
        files.reduce(0) { $0 + $1.findings.count { $0.severity == severity } }
    }

    /// A line a finding, and a last one with the totals.
    public var text: String {
        let lines = files.flatMap { $0.findings.map(\.description) }
        let policies = files.reduce(0) { $0 + $1.policies }
        let rules = files.reduce(0) { $0 + $1.rules }
        let total =
            "\(files.count) files, \(policies) policies, \(rules) rules: \(errorCount) errors, "
            + "\(warningCount) warnings, \(noteCount) notes"
        return (lines + [total]).joined(separator: "\n")
    }

    /// An object with the files, each with its findings.
    public var json: String {
        let files = files.map { file in
            JSONValue.object([
                ("file", .string(file.name)), ("policies", .integer(Int64(file.policies))),
                ("rules", .integer(Int64(file.rules))), ("findings", .array(file.findings.map(Self.json))),
            ])
        }
        return JSONValue.object([
            ("files", .array(files)), ("errors", .integer(Int64(errorCount))),
            ("warnings", .integer(Int64(warningCount))), ("notes", .integer(Int64(noteCount))),
        ]).indentedText
    }

    private static func json(_ finding: PolicyDiagnostic) -> JSONValue {
        .object([
            ("severity", .string(finding.severity.rawValue)), ("code", .string(finding.code)),
            ("line", .integer(Int64(finding.location.line))), ("column", .integer(Int64(finding.location.column))),
            ("field", .string(finding.field)), ("message", .string(finding.message)),
            ("remedy", .string(finding.remedy)),
        ])
    }

    /// SARIF 2.1.0 (OASIS), which code hosts show in reviews.
    ///
    /// - Parameter version: of the program.
    public func sarif(version: String) -> String {
        let codes = Set(files.flatMap { $0.findings.map(\.code) }).sorted()
        let driver = JSONValue.object([
            ("name", .string("kubearmor")), ("version", .string(version)),
            ("informationUri", .string("https://kubearmor.io")),
            ("rules", .array(codes.map { .object([("id", .string($0))]) })),
        ])
        let results = files.flatMap { file in file.findings.map { Self.result($0, in: file) } }
        let run = JSONValue.object([("tool", .object([("driver", driver)])), ("results", .array(results))])
        return JSONValue.object([
            ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
            ("runs", .array([run])),
        ]).indentedText
    }

    /// A file's name as part of a URI (RFC 3986, 3.3).
    private static func uri(of name: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        let bytes = name.utf8.flatMap { byte -> [UInt8] in
            plain.contains(byte)
                ? [byte] : [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func result(_ finding: PolicyDiagnostic, in file: File) -> JSONValue {
        let subject = finding.field.isEmpty ? "" : "\(finding.field): "
        let remedy = finding.remedy.isEmpty ? "" : ": \(finding.remedy)"
        let place = JSONValue.object([
            ("artifactLocation", .object([("uri", .string(Self.uri(of: file.name)))])),
            (
                "region",
                .object([
                    ("startLine", .integer(Int64(max(1, finding.location.line)))),
                    ("startColumn", .integer(Int64(max(1, finding.location.column)))),
                ])
            ),
        ])
        return .object([
            ("ruleId", .string(finding.code)), ("level", .string(finding.severity.rawValue)),
            ("message", .object([("text", .string("\(subject)\(finding.message)\(remedy)"))])),
            ("locations", .array([.object([("physicalLocation", place)])])),
        ])
    }
}
