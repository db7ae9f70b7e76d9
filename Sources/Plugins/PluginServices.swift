// SPDX-License-Identifier: Apache-2.0
import Glibc
public import PluginABI

/// What the daemon does for its plugins. Called from any thread; each call returns at once and never blocks.
public protocol PluginServices: Sendable {
    /// One line of the plugin's own log; `level` is `KUBEARMOR_LOG_…`.
    func log(plugin: String, level: UInt32, text: String)
    /// Events of an enforcer or a monitor. The pointers are valid during the call only; the call comes from the
    /// thread that polls.
    func emit(plugin: String, events: UnsafePointer<kubearmor_event>, count: Int)
    /// Sets a gauge or a counter of the plugin.
    func metric(plugin: String, name: String, value: Int64)
    /// The plugin's setting, nil when there is none.
    func setting(plugin: String, key: String) -> String?
    /// A source knows this container, or knows something new about it. Returns 0, or a negative errno value when it
    /// cannot be taken now: the source tells again later.
    func upsert(source: String, workload: ReportedWorkload) -> Int32
    /// A source knows of this container no longer.
    func remove(source: String, workload id: String) -> Int32
    /// A source has told of all that there was when its `run` began.
    func synced(source: String)
    /// A feeder's client wants a policy changed: see plugin.h. Waits for the enforcer, so not on a thread that others
    /// wait for.
    ///
    /// - Returns: a number of PolicyStatus, or a negative errno value with the reason
    func applyPolicy(feeder: String, json: String, peerUID: Int64) -> (result: Int32, reason: String)
    /// What a feeder may tell its clients about `what`, JSON; nil when there is no such thing.
    func describe(feeder: String, what: String) -> String?
}

/// Services of one who has no use for sources.
extension PluginServices {
    public func upsert(source: String, workload: ReportedWorkload) -> Int32 { 0 }
    public func remove(source: String, workload id: String) -> Int32 { 0 }
    public func synced(source: String) {}
}

/// Services of one who takes no policies.
extension PluginServices {
    public func applyPolicy(feeder: String, json: String, peerUID: Int64) -> (result: Int32, reason: String) {
        (-ENOSYS, "policies are not taken here")
    }
    public func describe(feeder: String, what: String) -> String? { nil }
}
