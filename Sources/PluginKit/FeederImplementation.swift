// SPDX-License-Identifier: Apache-2.0

/// A feeder: publishes alerts and logs somewhere. One value a daemon; the daemon makes one call at a time, on any
/// thread, and each is to return within KUBEARMOR_CALL_LIMIT_MS.
public protocol FeederImplementation: SendableMetatype {
    /// Whether the feeder works on this node with the present settings. May run in another process; changes nothing.
    static func probe(host: Host) throws(PluginFailure) -> ProbeResult

    /// Opens the sinks.
    init(host: Host) throws(PluginFailure)

    /// Publishes records, which are valid until it returns. Gives how many it accepted and counts the others in
    /// `statistics` by reason. May block for as long as its sink does.
    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int

    /// Writes out what it holds, within the deadline.
    func flush(deadlineMilliseconds: Int32) throws(PluginFailure)

    /// Opens the sinks anew with the present settings. On failure the old ones stay in use.
    func reopen() throws(PluginFailure)

    /// `accepted`, `delivered` and `dropped.<reason>`.
    func statistics() -> [Statistic]

    /// The last call.
    func close() throws(PluginFailure)
}
