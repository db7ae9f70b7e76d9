// SPDX-License-Identifier: Apache-2.0
public import Workloads

/// What of the configuration the making of alerts and logs depends on; replaced as a whole when it is reloaded.
public struct EventSettings: Sendable {
    public var node: NodeIdentity
    public var kubearmorVersion: String
    /// Classes that are logged although no policy concerns them: `1 << KUBEARMOR_CLASS_…`.
    public var hostVisibility: UInt32
    public var containerVisibility: UInt32
    /// Leaves command line arguments out of process logs (not out of alerts).
    public var dropsProcessArguments: Bool
    /// False turns alerts of the posture that user space judged into logs.
    public var postureAlerts: Bool
    public var procfs: String

    public init(
        node: NodeIdentity, kubearmorVersion: String, hostVisibility: UInt32, containerVisibility: UInt32 = 0,
        dropsProcessArguments: Bool = false, postureAlerts: Bool = true, procfs: String = "/proc"
    ) {
        self.node = node
        self.kubearmorVersion = kubearmorVersion
        self.hostVisibility = hostVisibility
        self.containerVisibility = containerVisibility
        self.dropsProcessArguments = dropsProcessArguments
        self.postureAlerts = postureAlerts
        self.procfs = procfs
    }

    /// - Parameter visible: what the workload says of itself
    func sees(_ accessClass: UInt16, isHost: Bool, visible: UInt32?) -> Bool {
        (visible ?? (isHost ? hostVisibility : containerVisibility)) & (1 << UInt32(accessClass & 31)) != 0
    }
}
