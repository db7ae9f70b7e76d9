// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginABI

/// Which tasks belong to a workload.
public enum WorkloadBinding: Sendable, Hashable {
    /// A cgroup v2 id, with its descendants; the root is the host.
    case cgroup(UInt64)
    /// A thread group id in the first pid namespace, with its children.
    case process(UInt64)
    /// An AppArmor profile.
    case profile(String)
    /// An SELinux process label.
    case label(String)

    /// Reads the daemon's struct, which is used during the call only.
    init(_ binding: UnsafePointer<kubearmor_binding>?) throws(PluginFailure) {
        guard let binding = copyOfSized(binding, zero: kubearmor_binding()) else { throw .missing("binding") }
        switch binding.type {
        case KUBEARMOR_BINDING_CGROUP: self = .cgroup(binding.number)
        case KUBEARMOR_BINDING_PID: self = .process(binding.number)
        case KUBEARMOR_BINDING_PROFILE: self = .profile(Text(binding.text).string)
        case KUBEARMOR_BINDING_LABEL: self = .label(Text(binding.text).string)
        default:
            throw PluginFailure(
                code: EOPNOTSUPP,
                message: "binding type \(binding.type) is unknown to this plugin: install one of the daemon's release")
        }
    }
}
