// SPDX-License-Identifier: Apache-2.0

/// What `kubearmor plugins verify` found out about a file.
public struct Verification: Sendable {
    /// A call that did not do what plugin.h says.
    public struct Finding: Sendable, Hashable {
        /// The entry that was called.
        public let entry: String
        /// With what.
        public let arguments: String
        /// What was wrong.
        public let problem: String
    }

    /// What is known about the file.
    public internal(set) var report: PluginReport
    /// How many calls were made.
    public internal(set) var calls = 0
    public internal(set) var findings: [Finding] = []
    /// What a reader should know and what is no fault.
    public internal(set) var remarks: [String] = []

    /// Whether the file was driven and nothing was found.
    public var isSound: Bool { findings.isEmpty && report.status != .error }
}
