// SPDX-License-Identifier: Apache-2.0

/// What a plugin's probe found out about this node.
public struct ProbeResult: Sendable, Hashable {
    /// Whether the plugin works here.
    public let usable: Bool
    /// Why not, or with what restriction. At most 511 bytes arrive.
    public let reason: String
    /// How it works here, such as `fentry`; may be empty. At most 63 bytes arrive.
    public let mode: String
    /// Capability words of `plugin.h`. At most 1,023 bytes arrive, blanks included.
    public let capabilities: [String]

    /// Texts that are too long for the contract are cut at a character.
    public init(usable: Bool, reason: String = "", mode: String = "", capabilities: [String] = []) {
        self.usable = usable
        self.reason = reason
        self.mode = mode
        self.capabilities = capabilities
    }
}
