// SPDX-License-Identifier: Apache-2.0

/// An enforcer: holds the rule sets of workloads. Sendable, because the daemon calls `statistics` alongside everything
/// else; of the other entries it makes one call at a time, on any thread.
public protocol EnforcerImplementation: Sendable {
    /// Whether the enforcer works on this node; tries the real thing and undoes it. May run in another process.
    static func probe(host: Host) throws(PluginFailure) -> ProbeResult

    /// How it holds rules where it works, said in advance and on any machine.
    static var answer: RuleAnswer { get }

    /// Attaches, or adopts what an earlier daemon left.
    init(host: Host) throws(PluginFailure)

    /// Replaces the whole rule set of a workload in one step; on failure the old one stays in force.
    func apply(workload: UInt64, rules: RuleSetSummary, generation: UInt64) throws(PluginFailure)

    /// Makes tasks part of a workload; binding again moves them.
    func bind(workload: UInt64, to binding: WorkloadBinding) throws(PluginFailure)

    /// Ends a binding; one that does not exist is no error.
    func unbind(_ binding: WorkloadBinding) throws(PluginFailure)

    /// Removes rule set and bindings of a workload; one that does not exist is no error.
    func remove(workload: UInt64) throws(PluginFailure)

    /// The workloads that have a rule set.
    func snapshot() throws(PluginFailure) -> [WorkloadSnapshot]

    /// What the enforcer counts. Runs alongside all other entries.
    func statistics() -> [Statistic]

    /// The last call. `keep` leaves in the kernel what is in force, for the next process to adopt.
    func close(keep: Bool) throws(PluginFailure)
}
