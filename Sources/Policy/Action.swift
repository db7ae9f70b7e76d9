// SPDX-License-Identifier: Apache-2.0

/// What a rule asks for, and what a decision says. The raw values are those of `KUBEARMOR_ACTION_…` in plugin.h.
public enum Action: UInt32, Sendable, Hashable, CaseIterable {
    case allow = 1
    case audit = 2
    case block = 3

    /// The spelling that policies and alerts use: `Allow`, `Audit`, `Block`.
    public var name: String {
        switch self {
        case .allow: "Allow"
        case .audit: "Audit"
        case .block: "Block"
        }
    }

    /// Order among rules that are equally specific: Block before Audit before Allow.
    var precedence: Int { 3 - Int(rawValue) }
}
