// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import Synchronization

/// The enforcer of last resort: blocks nothing, and remembers what it was given so that diagnostics show it.
final class NoopEnforcer: EnforcerImplementation {
    private struct State {
        var workloads: [UInt64: WorkloadSnapshot] = [:]
        var bindings: [WorkloadBinding: UInt64] = [:]
        var rules: [UInt64: UInt64] = [:]
        var applied: UInt64 = 0
    }

    private let state = Mutex(State())

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        ProbeResult(usable: true, reason: "nothing is blocked; Audit works through monitors")
    }

    static var answer: RuleAnswer { .audited("noop denies nothing") }

    init(host: Host) throws(PluginFailure) {}

    func apply(workload: UInt64, rules: RuleSetSummary, generation: UInt64) throws(PluginFailure) {
        state.withLock { state in
            state.workloads[workload] = WorkloadSnapshot(
                workload: workload, classes: rules.classes, generation: generation, digest: rules.digest, bytes: 0)
            state.rules[workload] = rules.ruleCount
            state.applied += 1
        }
    }

    func bind(workload: UInt64, to binding: WorkloadBinding) throws(PluginFailure) {
        state.withLock { $0.bindings[binding] = workload }
    }

    func unbind(_ binding: WorkloadBinding) throws(PluginFailure) {
        state.withLock { $0.bindings[binding] = nil }
    }

    func remove(workload: UInt64) throws(PluginFailure) {
        state.withLock { state in
            state.workloads[workload] = nil
            state.rules[workload] = nil
            state.bindings = state.bindings.filter { $0.value != workload }
        }
    }

    func snapshot() throws(PluginFailure) -> [WorkloadSnapshot] {
        state.withLock { state in
            state.workloads.values.sorted { $0.workload < $1.workload }
        }
    }

    func statistics() -> [Statistic] {
        state.withLock { state in
            [
                Statistic(name: "applied", value: state.applied),
                Statistic(name: "workloads", value: UInt64(state.workloads.count)),
                Statistic(name: "bindings", value: UInt64(state.bindings.count)),
                Statistic(name: "rules", value: state.rules.values.reduce(0, &+)),
            ]
        }
    }

    func close(keep: Bool) throws(PluginFailure) {}
}
