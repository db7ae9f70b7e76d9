// SPDX-License-Identifier: Apache-2.0
internal import PluginABI
internal import Synchronization

/// Makes `struct kubearmor_monitor` from a `MonitorImplementation`, as `FeederTable` does for feeders.
enum MonitorTable {
    private static let implementation = Mutex<(any MonitorImplementation.Type)?>(nil)

    /// Allocated once and never freed: the contract wants tables valid until the process ends.
    nonisolated(unsafe) private static let table: UnsafePointer<kubearmor_monitor> = {
        let place = UnsafeMutablePointer<kubearmor_monitor>.allocate(capacity: 1)
        place.initialize(to: makeTable())
        return UnsafePointer(place)
    }()

    static func make(for type: any MonitorImplementation.Type) -> UnsafeRawPointer {
        implementation.withLock { $0 = type }
        return UnsafeRawPointer(table)
    }

    /// Holds an open monitor between `open` and `close`.
    private final class Box {
        let monitor: any MonitorImplementation

        init(_ monitor: any MonitorImplementation) {
            self.monitor = monitor
        }
    }

    /// The monitor behind `self`: retained by `open`, released by `close`, and the daemon makes no call after that.
    private static func monitor(
        _ reference: UnsafeMutableRawPointer?
    ) throws(PluginFailure) -> any MonitorImplementation {
        guard let reference else { throw .missing("self") }
        return Unmanaged<Box>.fromOpaque(reference).takeUnretainedValue().monitor
    }

    private static func type() throws(PluginFailure) -> any MonitorImplementation.Type {
        guard let type = implementation.withLock({ $0 }) else { throw .missing("the answer to an offer") }
        return type
    }

    private static func makeTable() -> kubearmor_monitor {
        var table = kubearmor_monitor()
        table.struct_size = UInt32(MemoryLayout<kubearmor_monitor>.size)
        addOpening(to: &table)
        addBindings(to: &table)
        table.poll = { reference, timeout, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                Int32(clamping: try MonitorTable.monitor(reference).poll(timeoutMilliseconds: timeout))
            }
        }
        table.stats = { reference, stats, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let statistics = try MonitorTable.monitor(reference).statistics().map(\.contractForm)
                try fill(statistics, into: stats, capacity: capacity, count: count)
                return 0
            }
        }
        return table
    }

    private static func addOpening(to table: inout kubearmor_monitor) {
        table.probe = { host, result, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                try MonitorTable.type().probe(host: host).store(into: result)
                return 0
            }
        }
        table.open = { host, reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                guard let reference else { throw .missing("self") }
                let box = Box(try MonitorTable.type().init(host: host))
                reference.pointee = Unmanaged.passRetained(box).toOpaque()
                return 0
            }
        }
        table.close = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let reference else { throw .missing("self") }
                // The reference that `open` gave away comes back and ends here, also when close throws.
                try Unmanaged<Box>.fromOpaque(reference).takeRetainedValue().monitor.close()
                return 0
            }
        }
    }

    private static func addBindings(to table: inout kubearmor_monitor) {
        table.watch = { reference, workload, classes, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try MonitorTable.monitor(reference).watch(workload: workload, classes: classes)
                return 0
            }
        }
        table.bind = { reference, workload, binding, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let monitor = try MonitorTable.monitor(reference)
                try monitor.bind(workload: workload, to: try WorkloadBinding(binding))
                return 0
            }
        }
        table.unbind = { reference, binding, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try MonitorTable.monitor(reference).unbind(try WorkloadBinding(binding))
                return 0
            }
        }
    }
}
