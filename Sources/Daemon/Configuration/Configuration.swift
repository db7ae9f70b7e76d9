// SPDX-License-Identifier: Apache-2.0
import Glibc
public import Policy
import Workloads

/// The daemon's configuration, every value checked.
///
/// Made by ``ConfigurationSource``; the memberwise values come from ``Settings``.
public struct Configuration: Sendable, Hashable {
    /// The text of every key, as plugins may ask for it.
    public let values: [String: String]
    /// Keys that were set to something else than their default and that change nothing yet, with their places.
    public let idleKeys: [String]

    /// - Parameter values: checked texts; keys that are missing have their default
    init(values: [String: String], idleKeys: [String]) {
        self.values = values
        self.idleKeys = idleKeys
    }

    private subscript(_ name: String) -> String { values[name] ?? Settings.named(name)?.fallback ?? "" }

    private func flag(_ name: String) -> Bool { self[name] == "true" }

    public var cluster: String { self["cluster"] }
    public var host: String { self["host"] }
    public var policyDirectory: String { self["policyDir"] }
    /// Where policies are kept that came by API.
    public var apiPolicyDirectory: String { self["apiPolicyDir"] }

    /// Whether a client of a feeder may change policies.
    ///
    /// - Parameter uid: of a process of this node; nil for one that is not known by that
    public func takesPolicies(fromUID uid: UInt32?) -> Bool {
        if self["gRPCPolicies"] == "anybody" { return true }
        // Without one who is known by a certificate.
        guard let uid else { return flag("tlsEnabled") }
        return uid == 0 || uid == geteuid()
    }

    public var runDirectory: String { self["runDir"] }
    public var enablesHostPolicy: Bool { flag("enableKubeArmorHostPolicy") }
    public var enablesPolicy: Bool { flag("enableKubeArmorPolicy") }
    public var logsPosture: Bool { flag("defaultPostureLogs") }
    public var dropsProcessArguments: Bool { flag("dropResourceFromProcessLogs") }
    /// What a hook does that does not know a container's rule set to be in force.
    public enum HookFailure: Sendable {
        /// The container does not start.
        case closed
        /// It starts all the same.
        case open
    }

    public var hookFailure: HookFailure { self["hookFailure"] == "open" ? .open : .closed }
    public var ociRuntime: String { self["ociRuntime"] }
    public var hookTimeoutMilliseconds: Int { Int(self["hookTimeoutMilliseconds"]) ?? 2000 }
    public var hookAllowedNamespaces: [String] { Setting.list(self["hookAllowedNamespaces"]) }
    public var watchesContainers: Bool { flag("watchContainers") }
    public var procfs: String { self["procfsMount"] }
    public var machineIDPath: String { self["machineIDPath"] }
    public var queueLength: Int { Int(self["queueLength"]) ?? 65536 }
    public var queueBytes: Int { (Int(self["queueMiB"]) ?? 8) << 20 }
    public var logLevel: String { flag("debug") ? "debug" : self["logLevel"] }

    /// The enforcer that must work, nil when the best that works here is taken.
    public var requiredEnforcer: String? { self["enforcer"] == "auto" ? nil : self["enforcer"] }

    /// Whether falling to an enforcer that blocks nothing is a failure.
    public var requiresBlocking: Bool { flag("required") }

    /// The enforcers that are tried, by the names of their plugins.
    public var enforcerOrder: [String] { Setting.list(self["lsm"]).map { $0 == "bpf" ? "bpflsm" : $0 } }

    /// The plugins to open; nil for all that work.
    public var monitors: [String]? { plugins("monitors") }
    /// Empty when nothing is played back.
    public var replayFile: String { self["replayFile"] }
    public var feeders: [String]? { plugins("feeders") }
    public var sources: [String]? { plugins("sources") }

    private func plugins(_ name: String) -> [String]? {
        switch self[name] {
        case "all": nil
        case "none": []
        default: Setting.list(self[name])
        }
    }

    /// Empty for the installed ones.
    public var pluginDirectories: [String] { self["pluginPath"].split(separator: ":").map(String.init) }

    public var hostLabels: [String: String] {
        var labels: [String: String] = [:]
        for label in Setting.list(self["hostLabels"]) {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { labels[String(parts[0])] = String(parts[1]) }
        }
        return labels
    }

    public var hostPostures: Postures {
        Postures(
            file: posture("hostDefaultFilePosture"), network: posture("hostDefaultNetworkPosture"),
            capabilities: posture("hostDefaultCapabilitiesPosture"))
    }

    public var containerPostures: Postures {
        Postures(
            file: posture("defaultFilePosture"), network: posture("defaultNetworkPosture"),
            capabilities: posture("defaultCapabilitiesPosture"))
    }

    private func posture(_ name: String) -> Posture { Posture(self[name]) ?? .audit }

    /// Classes that are logged of the host, `1 << KUBEARMOR_CLASS_…`; `default` means those of containers.
    public var hostVisibility: UInt32 {
        self["hostVisibility"] == "default" ? containerVisibility : classes("hostVisibility")
    }

    public var containerVisibility: UInt32 { classes("visibility") }

    private func classes(_ name: String) -> UInt32 { Visibility.classes(of: Setting.list(self[name])) }

    /// Whether a setting says what it says when nobody sets it.
    func hasDefault(_ name: String) -> Bool { Settings.all.first { $0.name == name }?.fallback == self[name] }

    /// The classes that are logged of a workload.
    func visibility(of workload: Workload) -> UInt32 {
        workload.visibleClasses ?? (workload.identity.isHost ? hostVisibility : containerVisibility)
    }

    /// Keys that differ and that a running daemon cannot take over.
    public func keysThatNeedRestart(comparedWith other: Configuration) -> [String] {
        let fixed = [
            "runDir", "policyDir", "enforcer", "required", "lsm", "monitors", "feeders", "pluginPath", "queueLength",
            "queueMiB", "hostLabels", "host", "bpfFsPath", "bpflsmTableMiB", "selfGuard",
            "watchContainers", "sources", "containerdSocket", "dockerSocket", "criSocket", "enableNRI", "nriSocket",
            "nriIndex", "appArmorCacheDir", "selinuxStateDir", "apiPolicyDir", "gRPC", "gRPCAddress", "gRPCHealthPort",
            "gRPCSocket", "gRPCPolicies", "gRPCQueueLength", "tlsEnabled", "tlsCertPath", "tlsCertProvider",
            "enableKubeArmorStateAgent", "replayFile", "replaySpeed",
        ]
        return fixed.filter { self[$0] != other[$0] }
    }
}
