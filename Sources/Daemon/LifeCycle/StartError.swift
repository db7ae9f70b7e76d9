// SPDX-License-Identifier: Apache-2.0

/// Why the daemon does not run, with the number it ends with.
public struct StartError: Error, CustomStringConvertible {
    public let status: ExitStatus
    public let description: String

    public init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
