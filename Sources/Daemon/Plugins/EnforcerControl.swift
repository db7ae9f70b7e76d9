// SPDX-License-Identifier: Apache-2.0
public import Plugins

/// A rule set that an enforcer has.
public struct RuleSetInForce: Sendable, Hashable {
    public let generation: UInt64
    /// As ``RuleSetImage/digest``.
    public let digest: UInt64

    public init(generation: UInt64, digest: UInt64) {
        self.generation = generation
        self.digest = digest
    }
}

/// What the daemon does with an enforcer: the plugin that was chosen, or what stands for one in tests.
///
/// The daemon makes one call at a time, ``poll(timeoutMilliseconds:)`` alongside the others excepted.
public protocol EnforcerControl: AnyObject, Sendable {
    /// The plugin's name, `bpflsm`.
    var name: String { get }
    /// The words of plugin.h, `process.path`.
    var capabilities: Set<String> { get }

    /// How it would hold each rule, in their order; nil when only its capabilities say so.
    func holdings(of rules: RuleSetImage) throws -> [RuleHolding]?

    /// What of a workload its rules do not reach, and what to do about it, a sentence each.
    func remarks(workload: UInt64) throws -> [String]

    /// What an earlier daemon left in force, by workload; empty for enforcers that leave nothing.
    func inForce() throws -> [UInt64: RuleSetInForce]

    /// Replaces the whole rule set of a workload in one step; on failure the old one stays in force.
    func apply(workload: UInt64, rules: RuleSetImage, generation: UInt64) throws

    /// Says by which name a container of the workload is known, before its first rule set: enforcers that know tasks by
    /// a profile or a label make one of it, `kubearmor_<name>`. Others do nothing. Another workload that had the name
    /// leaves it; its rules stay in force until the first rule set of this one.
    func bind(workload: UInt64, containerName: String) throws

    /// Puts the tasks of a cgroup (v2 id) and of those below it into the workload.
    func bind(workload: UInt64, cgroup: UInt64) throws

    /// Takes rule set and bindings of a workload away; nothing happens when it has none.
    func remove(workload: UInt64) throws

    /// Waits for decisions and hands them to the daemon's services; returns how many.
    func poll(timeoutMilliseconds: Int32) throws -> Int

    /// - Parameter keep: leaves what is in force in the kernel, for the next daemon to adopt
    func close(keep: Bool) throws
}

extension EnforcerControl {
    /// It knows containers by a profile or a label: a runtime can only start them in one that is there.
    var knowsContainersByName: Bool { !capabilities.isDisjoint(with: ["bind.profile", "bind.label"]) }
}
