// SPDX-License-Identifier: Apache-2.0
import CLinux
import Events
import Policy
import Synchronization
public import Workloads

/// Containers that do not run, for enforcers that know containers by a name: their rules wait in the kernel.
extension PolicyController {
    /// How long a container that a runtime was about to make is waited for.
    private static let expectationNanoseconds: UInt64 = 60_000_000_000

    /// From now on what policies say about containers by their names is in the kernel before these are there, where the
    /// enforcer knows containers by name. Called once the containers that run are known.
    public func prepareContainers() {
        guard enforcer.knowsContainersByName else { return }
        state.withLock { state in
            state.preparesContainers = true
            withResolver(&state) { _ = prepare(&$0, &$1) }
        }
    }

    /// A runtime is about to make this container: where the enforcer knows containers by name, its rules are in the
    /// kernel when this returns, for the runtime to start it under.
    ///
    /// - Parameter workload: as ``Workload/prepared(_:)`` makes it
    /// - Returns: what the runtime is to start it under; nil where nothing is to be done, since the enforcer finds
    ///   containers itself or no policy selects this one
    public func expect(_ workload: Workload) throws(PreparationFailure) -> ContainerConfinement? {
        guard enforcer.knowsContainersByName else { return nil }
        let name = workload.identity.confinementName
        let (isSelected, isThere, failure) = state.withLock { state in
            var isSelected = false
            withResolver(&state) { resolver, state in
                isSelected = !resolver.ruleSet(for: workload).policies.isEmpty
                guard isSelected else { return }
                state.expected[name] = (workload, kubearmor_boottime_ns() &+ Self.expectationNanoseconds)
                // What waits under the name may be of other labels, or have failed.
                if state.prepared[name] != nil {
                    state.prepared[name] = workload
                    workloads.upsert(workload)
                    _ = update(workload, &resolver, &state)
                } else {
                    _ = prepare(&resolver, &state)
                }
            }
            let prepared = state.prepared[name]
            let failure = prepared.flatMap { state.failures[$0.key] }
            // One of that name may still run.
            let known = workloads.snapshot()
            let isThere =
                prepared != nil || state.members.contains { known[$0]?.identity.confinementName == name }
            return (isSelected, isThere, failure?.rules ?? failure?.tasks)
        }
        guard isSelected else { return nil }
        guard isThere else {
            throw PreparationFailure(description: "nothing can wait for '\(name)' in the kernel: the log says why")
        }
        if let failure { throw PreparationFailure(description: failure) }
        return ContainerConfinement(of: name, capabilities: enforcer.capabilities)
    }

    private func forgetExpected(_ state: inout State) {
        let now = kubearmor_boottime_ns()
        state.expected = state.expected.filter { $0.value.until > now }
    }

    /// Prepares what is named or expected and not there; what is so no more goes.
    func prepare(_ resolver: inout RuleSetResolver, _ state: inout State) -> Bool {
        forgetDismissed(&state)
        let before = Set(state.prepared.keys)
        let known = workloads.snapshot()
        let running = state.members.compactMap { known[$0] }.filter { !$0.isPrepared }
        forgetExpected(&state)
        let expected = state.expected.mapValues(\.workload)
        var wanted = Dictionary(resolver.namedContainers.map { ($0, Workload.prepared($0)) }) { first, _ in first }
        wanted.merge(expected) { _, told in told }
        for workload in running { wanted[workload.identity.confinementName] = nil }
        let named = Set(
            wanted.filter {
                // It may be of another namespace, or ask for more than a name.
                !resolver.ruleSet(for: $0.value).policies.isEmpty
            }.keys)
        for name in before.subtracting(named).sorted() {
            guard let workload = state.prepared[name] else { continue }
            takeOutOfForce(workload, &state)
            dismiss(workload, &state)
        }
        for name in named.subtracting(before).sorted() {
            if let workload = wanted[name] { prepare(workload, &resolver, &state) }
        }
        return Set(state.prepared.keys) != before
    }

    private func prepare(_ workload: Workload, _ resolver: inout RuleSetResolver, _ state: inout State) {
        let name = workload.identity.confinementName
        workloads.upsert(workload)
        do {
            try enforcer.bind(workload: workload.key, containerName: name)
            state.members.insert(workload.key)
            state.prepared[name] = workload
            state.dismissed.removeAll { $0.workload == workload.key }
            _ = update(workload, &resolver, &state)
        } catch {
            workloads.remove(workload.key)
            say("\(Self.name(of: workload)): nothing waits for it in the kernel: \(error)", &state)
        }
    }

    /// Tells the enforcer the name of a container; what waited for it is its own from now on.
    func name(_ workload: Workload, _ state: inout State) throws {
        let name = workload.identity.confinementName
        state.expected[name] = nil
        let earlier = state.prepared[name]
        // What was decided until its own rules are in force was decided by these.
        if let earlier, let rules = history.snapshot().newest(of: earlier.key) {
            history.append(rules, workload: workload.key)
        }
        try enforcer.bind(workload: workload.key, containerName: name)
        if let earlier {
            takeOutOfForce(earlier, &state)
            dismiss(earlier, &state)
        }
    }

    private func dismiss(_ workload: Workload, _ state: inout State) {
        state.prepared[workload.identity.confinementName] = nil
        state.members.remove(workload.key)
        state.dismissed.append((workload.key, kubearmor_boottime_ns()))
    }

    private func forgetDismissed(_ state: inout State) {
        let now = kubearmor_boottime_ns()
        while let first = state.dismissed.first, now &- first.since > ContainerWatch.expiryNanoseconds {
            workloads.remove(first.workload)
            history.remove(workload: first.workload)
            state.dismissed.removeFirst()
        }
    }
}
