// SPDX-License-Identifier: Apache-2.0
import Policy
import Workloads

/// Puts containers under the policies and under the monitors' eyes, and takes them out again.
struct ContainerControl: Sendable {
    let policies: PolicyController
    let monitors: MonitorSet
    /// The enforcer knows containers by a name that was made of theirs.
    let knowsNames: Bool

    @Sendable
    func carryOut(_ change: KnownContainers.Change) {
        switch change {
        case .appeared(let workload, let cgroup):
            monitors.bind(workload: workload.key, cgroup: cgroup)
            policies.add(workload, cgroup: cgroup)
        case .changed(let old, let new, let cgroup):
            let isRenamed = old.identity.confinementName != new.identity.confinementName
            // Otherwise it would go by both names.
            if knowsNames, isRenamed { policies.remove(old) }
            // Nothing is in force when that failed before, either.
            if policies.inForce(new.key) == nil { policies.add(new, cgroup: cgroup) } else { policies.change(new) }
        case .disappeared(let workload, let cgroup):
            policies.remove(workload)
            monitors.remove(workload: workload.key, cgroup: cgroup)
        }
    }
}
