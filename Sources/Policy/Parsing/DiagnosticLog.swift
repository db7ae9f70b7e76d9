// SPDX-License-Identifier: Apache-2.0
import YAML

/// Collects what is said about one file. Used by one thread.
final class DiagnosticLog {
    /// How many errors and warnings are kept of one file.
    private static let limit = 1_000
    /// How many characters a message or a field's path may have: both can hold what the file says.
    private static let textLimit = 500

    private(set) var diagnostics: [PolicyDiagnostic] = []
    /// Errors so far, also those that were not kept.
    private(set) var errorCount = 0
    /// Lines before the text that marks refer to.
    var lineOffset = 0
    private let file: String

    init(file: String) {
        self.file = file
    }

    /// Whether nothing more is kept, so that reading on tells nobody anything.
    var isFull: Bool { diagnostics.count >= Self.limit }

    func location(of node: YAMLNode) -> SourceLocation {
        location(line: node.mark.line, column: node.mark.column)
    }

    func error(_ code: String, _ node: YAMLNode, _ field: String, _ message: String, _ remedy: String) {
        add(.error, code, location(of: node), field, message, remedy)
    }

    func error(_ code: String, line: Int, column: Int, field: String, _ message: String, _ remedy: String) {
        add(.error, code, location(line: line, column: column), field, message, remedy)
    }

    func warning(_ code: String, _ node: YAMLNode, _ field: String, _ message: String, _ remedy: String) {
        add(.warning, code, location(of: node), field, message, remedy)
    }

    /// About a rule that has been read already.
    func warning(_ code: String, at location: SourceLocation, _ field: String, _ message: String, _ remedy: String) {
        add(.warning, code, location, field, message, remedy)
    }

    func add(_ error: YAMLError) {
        let mark = error.mark ?? YAMLMark(line: 1, column: 1)
        switch error {
        case .duplicateKeys(let keys, _):
            self.error(
                "duplicate-field", line: mark.line, column: mark.column, field: keys.joined(separator: ", "),
                "the field occurs more than once in one mapping", "keep one of them")
        case .nestedTooDeeply:
            addNestedTooDeeply(at: mark)
        case .characters:
            self.error(
                "yaml-syntax", line: mark.line, column: mark.column, field: "", "\(error)",
                "save the file as plain UTF-8 text")
        case .syntax, .severalDocuments, .outOfMemory:
            self.error(
                "yaml-syntax", line: mark.line, column: mark.column, field: "", "\(error)",
                "correct the YAML at this place")
        }
    }

    func addNestedTooDeeply(at mark: YAMLMark) {
        error(
            "nested-too-deeply", line: mark.line, column: mark.column, field: "",
            "nested deeper than \(PolicyParser.nestingLimit) levels", "no policy needs this; remove levels")
    }

    private func location(line: Int, column: Int) -> SourceLocation {
        SourceLocation(file: file, line: line + lineOffset, column: column)
    }

    private func add(
        _ severity: PolicyDiagnostic.Severity, _ code: String, _ location: SourceLocation, _ field: String,
        _ message: String, _ remedy: String
    ) {
        if severity == .error { errorCount += 1 }
        if isFull { return }
        guard diagnostics.count < Self.limit - 1 else {
            errorCount += 1
            diagnostics.append(
                PolicyDiagnostic(
                    severity: .error, code: "too-many-findings", location: location, field: "",
                    message: "the file has more than \(Self.limit - 1) errors and warnings; the rest is not read",
                    remedy: "correct these first"))
            return
        }
        diagnostics.append(
            PolicyDiagnostic(
                severity: severity, code: code, location: location, field: Self.shortened(field),
                message: Self.shortened(message), remedy: remedy))
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > textLimit else { return text }
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: textLimit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}
