// SPDX-License-Identifier: Apache-2.0

/// Something in the configuration that the daemon refuses to start with.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `kubearmor.yaml:3:1`, `environment variable LSM`, `flag --lsm`.
    public let place: String
    /// The key, empty when the fault is the file's.
    public let key: String
    public let message: String
    /// What to do.
    public let remedy: String

    public var description: String {
        "\(place): \(key.isEmpty ? "" : "\(key): ")\(message)\(remedy.isEmpty ? "" : ": \(remedy)")"
    }
}
