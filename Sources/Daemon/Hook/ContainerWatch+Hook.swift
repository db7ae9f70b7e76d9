// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import Workloads

/// What the thread of the watch does about hooks.
extension ContainerWatch {
    /// Why a hook is told that it may not go on.
    private struct Refusal: Error {
        let text: String
    }

    // MARK: Calls

    /// Takes a container under its rules that does not run yet, and says so to the hook that holds it.
    func answer(_ call: HookCall, _ state: inout State) {
        guard !call.request.isEarly else {
            prepare(call, state)
            return
        }
        let report: ContainerReport
        let place: ContainerCgroup
        do throws(Refusal) {
            (report, place) = try find(call, state)
            try hold(report, place, by: call.source, &state)
        } catch {
            refuse(call, error.text)
            return
        }
        let workload = state.known.workload(ofCgroup: place.cgroup)
        let name = workload.map(PolicyController.name(of:)) ?? ""
        if let failure = workload.map({ handlers.failure($0.key) }) ?? "it is gone" {
            doubt(report, place, &state)
            refuse(call, "\(name): \(failure)")
        } else if call.answer(HookAnswer(workload: name)) {
            hookCounters.held.add(1, ordering: .relaxed)
            if call.source != nil { hookCounters.heldBySources.add(1, ordering: .relaxed) }
        } else {
            doubt(report, place, &state)
            hookCounters.late.add(1, ordering: .relaxed)
            let who = call.source.map { "source \($0)" } ?? "its hook"
            logger.warning("\(name): \(who) had given up before it was answered: raise hookTimeoutMilliseconds")
        }
    }

    /// Has what policies say of a container in the kernel before the container is made.
    private func prepare(_ call: HookCall, _ state: State) {
        if let inside = place.container(ofProcess: call.caller, among: state.known.cgroups) {
            refuse(call, "process \(call.caller), which asks, is in container \(inside.id): only runtimes may")
            return
        }
        var report = call.request.report
        report.labels.merge(state.known.labels(ofSandbox: call.request.sandbox)) { _, ofPod in ofPod }
        let workload = Workload.prepared(report)
        do throws(PreparationFailure) {
            var answer = HookAnswer(workload: PolicyController.name(of: workload))
            answer.confinement = try handlers.expect(workload) ?? ContainerConfinement()
            _ = call.answer(answer)
        } catch {
            refuse(call, "\(PolicyController.name(of: workload)): \(error)")
        }
    }

    private func refuse(_ call: HookCall, _ reason: String) {
        hookCounters.refused.add(1, ordering: .relaxed)
        let who = call.source.map { "source \($0)" } ?? "hook"
        logger.error("\(who): container \(call.request.report.id): \(reason)")
        _ = call.answer(HookAnswer(failure: reason))
    }

    private func find(_ call: HookCall, _ state: State) throws(Refusal) -> (ContainerReport, ContainerCgroup) {
        var report = call.request.report
        let pods = state.known.labels(ofSandbox: call.request.sandbox)
        // As sources do it: policies select pods by the pod's labels.
        report.labels.merge(pods) { _, ofPod in ofPod }
        report.state = call.isWaiting() ? .created : .running
        let place = try locate(&report, call)
        if let inside = self.place.container(ofProcess: call.caller, among: state.known.cgroups),
            inside.id != place.id
        {
            throw Refusal(text: "process \(call.caller), which asks, is in container \(inside.id): only runtimes may")
        }
        return (report, place)
    }

    private func locate(_ report: inout ContainerReport, _ call: HookCall) throws(Refusal) -> ContainerCgroup {
        do throws(ContainerPlace.Refusal) {
            if let found = try place.cgroup(of: report) { return found }
            throw .gone
        } catch {
            // Run in the container's namespaces (createContainer) a hook is told the number that the process has there;
            // its parent is that process.
            guard let parent = ProcessIdentity(pid: call.caller, procfs: procfs).parent else {
                throw Refusal(text: "\(error)")
            }
            var own = report
            own.initPID = parent
            guard call.caller != 0, let found = try? place.cgroup(of: own) else { throw Refusal(text: "\(error)") }
            report = own
            return found
        }
    }

    private func hold(
        _ report: ContainerReport, _ place: ContainerCgroup, by source: String?, _ state: inout State
    ) throws(Refusal) {
        // Where a hook was first, what it has told stays.
        if source == nil || !state.known.isToldByHook(place) {
            let (changes, refusal) = state.known.reportByHook(report, place: place)
            if let refusal { throw Refusal(text: refusal) }
            carryOut(changes, &state)
        }
        guard let source else { return }
        let (changes, refusal) = state.known.report(report, by: source, place: place)
        if let refusal { throw Refusal(text: refusal) }
        carryOut(changes, &state)
    }

    /// It is, or may be, started without having been held.
    private func doubt(_ report: ContainerReport, _ place: ContainerCgroup, _ state: inout State) {
        var report = report
        report.state = .running
        carryOut(state.known.reportByHook(report, place: place).changes, &state)
    }
}
