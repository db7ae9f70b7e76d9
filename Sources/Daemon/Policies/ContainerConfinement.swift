// SPDX-License-Identifier: Apache-2.0

/// What a runtime is to start a container under, so that a security module that knows programs by a name knows it from
/// its first instruction. Empty texts are left as they are.
public struct ContainerConfinement: Sendable, Hashable {
    /// AppArmor profile.
    public var profile = ""
    /// SELinux type.
    public var domain = ""

    public init() {}

    /// - Parameters:
    ///   - name: the container's, ``WorkloadIdentity/confinementName``
    ///   - capabilities: the enforcer's
    init(of name: String, capabilities: Set<String>) {
        if capabilities.contains("bind.profile") { profile = ContainerLabel.profile(of: name).text }
        if capabilities.contains("bind.label") { domain = ContainerLabel.domain(of: name).text }
    }
}

/// Why nothing waits for a container in the kernel.
public struct PreparationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}
