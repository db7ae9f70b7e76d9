// SPDX-License-Identifier: Apache-2.0

/// The default postures of one workload.
public struct Postures: Sendable, Hashable {
    /// For the classes process and file.
    public var file: Posture
    /// For the classes network and dns.
    public var network: Posture
    /// For the class capability.
    public var capabilities: Posture

    /// Postures of a workload; what is not given is `audit`.
    public init(file: Posture = .audit, network: Posture = .audit, capabilities: Posture = .audit) {
        self.file = file
        self.network = network
        self.capabilities = capabilities
    }

    /// The posture that applies to `accessClass`; nil for a class that has none.
    public subscript(accessClass: AccessClass) -> Posture? {
        switch accessClass {
        case .process, .file: file
        case .network, .dns: network
        case .capability: capabilities
        case .syscall, .preset, .device: nil
        }
    }
}
