// SPDX-License-Identifier: Apache-2.0

/// What a policy file says.
public struct PolicyFile: Sendable {
    /// The documents that are usable, in the order of the file.
    public let policies: [Policy]
    /// Errors and warnings, in the order of the file.
    public let diagnostics: [PolicyDiagnostic]

    /// The outcome of reading a file.
    public init(policies: [Policy], diagnostics: [PolicyDiagnostic]) {
        self.policies = policies
        self.diagnostics = diagnostics
    }

    /// Whether at least one document could not be used.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
