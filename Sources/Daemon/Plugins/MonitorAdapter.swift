// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Plugins

/// A monitor plugin as the daemon sees it.
final class MonitorAdapter: MonitorControl {
    private let plugin: MonitorPlugin

    init(_ plugin: MonitorPlugin) { self.plugin = plugin }

    var name: String { plugin.name }

    func watch(workload: UInt64, classes: UInt32) throws {
        try plugin.watch(workload: workload, classes: classes)
    }

    func watch(workload: UInt64, syscalls: [String]) throws {
        guard plugin.hasSyscalls || !syscalls.isEmpty else { return }
        try plugin.watchSyscalls(workload: workload, names: syscalls)
    }

    func bind(workload: UInt64, cgroup: UInt64) throws {
        try plugin.bind(workload: workload, binding: .cgroup(cgroup))
    }

    func unbind(cgroup: UInt64) throws { try plugin.unbind(binding: .cgroup(cgroup)) }

    func poll(timeoutMilliseconds: Int32) throws -> Int {
        try plugin.poll(timeoutMilliseconds: timeoutMilliseconds)
    }

    func close() throws { try plugin.close() }

    func statistics() throws -> [(name: String, value: UInt64)] { try plugin.statistics() }
}
