// SPDX-License-Identifier: Apache-2.0

/// Why a plugin, or one call into it, failed.
public struct PluginError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The stable machine code, see ``PluginCode``.
    public let code: String
    /// What failed, where and what to do, for a person.
    public let message: String

    init(_ code: PluginCode, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    /// The status that a file refused with this error has.
    var status: PluginStatus {
        PluginCode(rawValue: code)?.status ?? .error
    }

    public var description: String {
        "\(message) [\(code)]"
    }
}
