// SPDX-License-Identifier: Apache-2.0

/// A monitor: reports what workloads do. One value a daemon. The daemon makes one call at a time, on any thread, but
/// `poll` and `statistics`, which run alongside everything else.
public protocol MonitorImplementation: SendableMetatype, Sendable {
    /// Whether the monitor works on this node with the present settings. May run in another process; changes nothing.
    static func probe(host: Host) throws(PluginFailure) -> ProbeResult

    /// Opens what it observes by; reports nothing yet.
    init(host: Host) throws(PluginFailure)

    /// Sets the classes to report of a workload: bit n is KUBEARMOR_CLASS n; none ends it.
    func watch(workload: UInt64, classes: UInt32) throws(PluginFailure)

    /// Makes tasks part of a workload; binding again moves them.
    func bind(workload: UInt64, to binding: WorkloadBinding) throws(PluginFailure)

    /// Ends a binding; one that does not exist is no error.
    func unbind(_ binding: WorkloadBinding) throws(PluginFailure)

    /// Waits for observations for at most so long and hands them to the host; gives how many.
    func poll(timeoutMilliseconds: Int32) throws(PluginFailure) -> Int

    /// `seen`, `delivered` and `dropped.<reason>`.
    func statistics() -> [Statistic]

    /// The last call.
    func close() throws(PluginFailure)
}
