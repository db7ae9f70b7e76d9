// SPDX-License-Identifier: Apache-2.0
import CLinux
public import Events
import Glibc
import Plugins
import Workloads

/// What a daemon does on its node, as `kubearmor probe` and `kubearmor workloads` show it.
public struct NodeStatus: Sendable, Hashable {
    /// A workload, and what is in force for it.
    public struct Workload: Sendable, Hashable {
        /// As events and statistics of plugins name it.
        public var key: UInt64
        public var isHost: Bool
        public var namespace: String
        public var name: String
        /// `Deployment/shop`; empty outside of Kubernetes, and for a pod that has none.
        public var owner: String
        public var containerID: String
        public var containerName: String
        /// `name:tag@digest`
        public var image: String
        public var runtime: String
        /// 0 when it is not known.
        public var initPID: UInt32
        public var root: String
        /// cgroup v2 id; 0 for the host, which has the root.
        public var cgroup: UInt64
        /// Its runtime held it before its first instruction, until its rule set was in force.
        public var wasHeld: Bool
        public var labels: String
        /// The policies that select it.
        public var policies: [String]
        public var ruleCount: Int
        /// Equal for equal rule sets.
        public var ruleSet: UInt64
        public var generation: UInt64
        /// The enforcer that has it.
        public var enforcer: String
        /// Seconds since 1970: from when on this rule set is in force under this daemon.
        public var since: Int64
        /// What its allow lists do with the rest: `file`, `network`, `capabilities`.
        public var postures: String
        /// Classes that are logged.
        public var visibility: String
        /// What became of its accesses, as the enforcer counts; what is not 0.
        public var decisions: [Statistic]

        /// A container that does not run.
        public var isPrepared: Bool { !isHost && containerID.isEmpty }
    }

    /// What runtimes have asked since the start, by hooks and by sources for which they wait.
    public struct Hook: Sendable, Hashable {
        /// Containers held before their first instruction until their rule set was in force.
        public var held: UInt64
        /// Of those, by sources.
        public var heldBySources: UInt64
        public var refused: UInt64
        /// Answered after the hook had given up.
        public var late: UInt64
        /// The file that tells CRI-O or Podman to run the hook; empty when there is none.
        public var installed: String
        /// The sources for which runtimes wait at present.
        public var sources: [String]
    }

    /// One number of the enforcer.
    public struct Statistic: Sendable, Hashable {
        public var name: String
        public var value: UInt64
    }

    public var hostName: String
    public var kernel: String
    /// The kernel's list of security modules; empty when it cannot be read.
    public var securityModules: String
    /// `bpflsm (lsm)`.
    public var enforcer: String
    public var monitors: [String]
    public var feeders: [String]
    /// Those that tell of containers.
    public var sources: [String]
    public var findsContainers: Bool
    public var hook: Hook
    /// Over all workloads.
    public var statistics: [Statistic]
    /// What became of events and records, stage by stage.
    public var stages: [EventStage]
    public var workloads: [Workload]

    /// The file's name in the run directory.
    static let fileName = "status.json"

    /// What the daemon with this run directory says; nil when none runs.
    public static func read(runDirectory: String) -> NodeStatus? {
        StatusFile.read("\(runDirectory)/\(fileName)").flatMap(NodeStatus.init)
    }

    func value(_ name: String) -> UInt64? { statistics.first { $0.name == name }?.value }

    /// Neither of the two changes while the machine runs: read once, not at every look.
    static let kernelRelease: String = {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()

    static let activeSecurityModules: String = {
        // Nothing to be said where securityfs is not mounted.
        guard let text = try? FileText.string(of: "/sys/kernel/security/lsm", limit: 4096) else { return "" }
        return text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
    }()
}
