// SPDX-License-Identifier: Apache-2.0

/// Protections that a policy asks for by name. The raw values are those of `KUBEARMOR_PRESET_…` in
/// kubearmor_automaton.h.
public enum Preset: UInt32, Sendable, Hashable, CaseIterable {
    case filelessExec = 1
    case anonymousMapExec = 2
    case protectEnv = 3
    case protectProc = 4
    case exec = 5

    /// The spelling of policies.
    public var name: String {
        switch self {
        case .filelessExec: "filelessExec"
        case .anonymousMapExec: "anonymousMapExec"
        case .protectEnv: "protectEnv"
        case .protectProc: "protectProc"
        case .exec: "exec"
        }
    }

    /// The preset of that name, if there is one.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
