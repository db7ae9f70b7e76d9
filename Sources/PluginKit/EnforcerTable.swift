// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginABI
internal import Synchronization

/// Makes `struct kubearmor_enforcer` from an `EnforcerImplementation`, as `FeederTable` does for feeders. `poll` is
/// absent: no enforcer in Swift reports decisions.
enum EnforcerTable {
    private static let implementation = Mutex<(any EnforcerImplementation.Type)?>(nil)

    /// Allocated once and never freed: the contract wants tables valid until the process ends.
    nonisolated(unsafe) private static let table: UnsafePointer<kubearmor_enforcer> = {
        let place = UnsafeMutablePointer<kubearmor_enforcer>.allocate(capacity: 1)
        place.initialize(to: makeTable())
        return UnsafePointer(place)
    }()

    static func make(for type: any EnforcerImplementation.Type) -> UnsafeRawPointer {
        implementation.withLock { $0 = type }
        return UnsafeRawPointer(table)
    }

    /// Holds an open enforcer between `open` and `close`.
    private final class Box {
        let enforcer: any EnforcerImplementation

        init(_ enforcer: any EnforcerImplementation) {
            self.enforcer = enforcer
        }
    }

    /// The enforcer behind `self`: retained by `open`, released by `close`, and the daemon makes no call after that.
    private static func enforcer(
        _ reference: UnsafeMutableRawPointer?
    ) throws(PluginFailure) -> any EnforcerImplementation {
        guard let reference else { throw .missing("self") }
        return Unmanaged<Box>.fromOpaque(reference).takeUnretainedValue().enforcer
    }

    private static func type() throws(PluginFailure) -> any EnforcerImplementation.Type {
        guard let type = implementation.withLock({ $0 }) else { throw .missing("the answer to an offer") }
        return type
    }

    private static func checked(_ workload: UInt64) throws(PluginFailure) -> UInt64 {
        guard workload != 0 else {
            throw PluginFailure(code: EINVAL, message: "workload 0 is none: pass the key of a workload")
        }
        return workload
    }

    private static func makeTable() -> kubearmor_enforcer {
        var table = kubearmor_enforcer()
        table.struct_size = UInt32(MemoryLayout<kubearmor_enforcer>.size)
        addOpening(to: &table)
        addRules(to: &table)
        addBindings(to: &table)
        addReports(to: &table)
        return table
    }

    private static func addOpening(to table: inout kubearmor_enforcer) {
        table.probe = { host, result, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                try EnforcerTable.type().probe(host: host).store(into: result)
                return 0
            }
        }
        table.open = { host, reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                guard let reference else { throw .missing("self") }
                let box = Box(try EnforcerTable.type().init(host: host))
                reference.pointee = Unmanaged.passRetained(box).toOpaque()
                return 0
            }
        }
        table.close = { reference, keep, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let reference else { throw .missing("self") }
                // The reference that `open` gave away comes back and ends here, also when close throws.
                try Unmanaged<Box>.fromOpaque(reference).takeRetainedValue().enforcer.close(keep: keep != 0)
                return 0
            }
        }
    }

    private static func addRules(to table: inout kubearmor_enforcer) {
        table.apply = { reference, workload, set, generation, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let enforcer = try EnforcerTable.enforcer(reference)
                let rules = try RuleSetSummary(set)
                try enforcer.apply(workload: try EnforcerTable.checked(workload), rules: rules, generation: generation)
                return 0
            }
        }
        table.remove = { reference, workload, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try EnforcerTable.enforcer(reference).remove(workload: try EnforcerTable.checked(workload))
                return 0
            }
        }
    }

    private static func addBindings(to table: inout kubearmor_enforcer) {
        table.bind = { reference, workload, binding, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let enforcer = try EnforcerTable.enforcer(reference)
                try enforcer.bind(workload: try EnforcerTable.checked(workload), to: try WorkloadBinding(binding))
                return 0
            }
        }
        table.unbind = { reference, binding, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try EnforcerTable.enforcer(reference).unbind(try WorkloadBinding(binding))
                return 0
            }
        }
    }

    private static func addReports(to table: inout kubearmor_enforcer) {
        table.snapshot = { reference, entries, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let workloads = try EnforcerTable.enforcer(reference).snapshot().map(\.contractForm)
                try fill(workloads, into: entries, capacity: capacity, count: count)
                return 0
            }
        }
        table.examine = { set, holdings, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let answers = try EnforcerTable.type().answer.contractForms(for: set)
                try fill(answers, into: holdings, capacity: capacity, count: count)
                return 0
            }
        }
        table.stats = { reference, stats, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let statistics = try EnforcerTable.enforcer(reference).statistics().map(\.contractForm)
                try fill(statistics, into: stats, capacity: capacity, count: count)
                return 0
            }
        }
    }
}
