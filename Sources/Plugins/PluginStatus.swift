// SPDX-License-Identifier: Apache-2.0

/// What became of a plugin's file.
public enum PluginStatus: String, Sendable, Hashable {
    /// Opened: the daemon uses it.
    case active
    /// Could be used; nothing asked for it.
    case ready
    /// Sound, but of no use on this node or in this configuration; the reason says why.
    case skipped
    /// Refused or failed; the code and the reason say why.
    case error
}
