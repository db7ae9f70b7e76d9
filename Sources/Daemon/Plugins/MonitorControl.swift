// SPDX-License-Identifier: Apache-2.0

/// What the daemon does with a monitor: a plugin, or what stands for one in tests.
public protocol MonitorControl: AnyObject, Sendable {
    var name: String { get }

    /// Sets the classes to report of a workload, `1 << KUBEARMOR_CLASS_…`; 0 ends it.
    func watch(workload: UInt64, classes: UInt32) throws

    /// Sets the system calls that rules of a workload name; they are of the class SYSCALL, which is watched besides.
    func watch(workload: UInt64, syscalls: [String]) throws

    /// As for enforcers.
    func bind(workload: UInt64, cgroup: UInt64) throws
    func unbind(cgroup: UInt64) throws
    func poll(timeoutMilliseconds: Int32) throws -> Int
    func close() throws

    /// Its own numbers, with the names of plugin.h; alongside the other calls.
    func statistics() throws -> [(name: String, value: UInt64)]
}

extension MonitorControl {
    /// Of one that counts nothing.
    public func statistics() -> [(name: String, value: UInt64)] { [] }
}
