// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong, or suspicious, in a policy file.
public struct PolicyDiagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable, Hashable {
        /// The document is not used.
        case error
        /// The document is used.
        case warning
        /// Nothing is wrong.
        case note
    }

    /// Error, warning or note.
    public let severity: Severity
    /// Stable, in kebab-case; never translated, never reused for something else.
    public let code: String
    /// Where.
    public let location: SourceLocation
    /// The field, such as `spec.process.matchPaths[0].path`; empty for the document as a whole.
    public let field: String
    /// What is wrong.
    public let message: String
    /// What to do about it.
    public let remedy: String

    /// A diagnostic with all its parts.
    public init(
        severity: Severity, code: String, location: SourceLocation, field: String, message: String, remedy: String
    ) {
        self.severity = severity
        self.code = code
        self.location = location
        self.field = field
        self.message = message
        self.remedy = remedy
    }

    /// `file:line:column: error: field: message: remedy`, the form that editors understand.
    public var description: String {
        let subject = field.isEmpty ? "" : "\(field): "
        let advice = remedy.isEmpty ? "" : ": \(remedy)"
        return "\(location): \(severity.rawValue): \(subject)\(message)\(advice)"
    }
}
