// SPDX-License-Identifier: Apache-2.0

/// A source: tells the daemon of containers. One value a daemon; `stop` and `statistics` are called while `run` is
/// under way, everything else one call at a time, on any thread.
public protocol SourceImplementation: SendableMetatype, Sendable {
    /// Whether the source works on this node with the present settings. May run in another process; changes nothing.
    static func probe(host: Host) throws(PluginFailure) -> ProbeResult

    /// Does not wait for a runtime.
    init(host: Host) throws(PluginFailure)

    /// Reports through the host until `stop` is called. When it throws it is called again after a while.
    func run() throws(PluginFailure)

    /// Has `run` return within KUBEARMOR_CALL_LIMIT_MS, also one that begins later. Returns at once.
    func stop()

    /// Since it was opened.
    func statistics() -> [Statistic]

    /// The last call.
    func close() throws(PluginFailure)
}

/// A source whose runtime waits before it starts a container: its probe says `prepare`.
public protocol PreparingSource: SourceImplementation {
    /// The rule set of a container that was told of as waiting is in force (0) or is not (a negative errno). Called
    /// while `run` is under way; returns at once. Throws ETIMEDOUT when the runtime waits no longer.
    func prepare(_ id: String, status: Int32) throws(PluginFailure)
}
