// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Why a plugin's entry failed, as the daemon gets it: a negative errno value and a sentence.
public struct PluginFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// A positive errno value, such as `ENOENT`.
    public let code: Int32
    /// What failed and what to do about it. Truncated to the daemon's buffer.
    public let message: String

    /// A `code` that is not positive would look like success: it becomes `EIO`.
    public init(code: Int32, message: String) {
        self.code = code > 0 ? code : EIO
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
