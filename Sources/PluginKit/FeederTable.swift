// SPDX-License-Identifier: Apache-2.0
internal import PluginABI
internal import Synchronization

/// Makes `struct kubearmor_feeder` from a `FeederImplementation`.
///
/// C function pointers capture nothing, not even a generic parameter; so the one type of this library is kept here, and
/// every open feeder in a box whose reference is the contract's `self`.
enum FeederTable {
    private static let implementation = Mutex<(any FeederImplementation.Type)?>(nil)

    /// Allocated once and never freed: the contract wants tables valid until the process ends.
    nonisolated(unsafe) private static let table: UnsafePointer<kubearmor_feeder> = {
        let place = UnsafeMutablePointer<kubearmor_feeder>.allocate(capacity: 1)
        place.initialize(to: makeTable())
        return UnsafePointer(place)
    }()

    static func make(for type: any FeederImplementation.Type) -> UnsafeRawPointer {
        implementation.withLock { $0 = type }
        return UnsafeRawPointer(table)
    }

    /// Holds an open feeder between `open` and `close`.
    private final class Box {
        let feeder: any FeederImplementation

        init(_ feeder: any FeederImplementation) {
            self.feeder = feeder
        }
    }

    /// The feeder behind `self`: retained by `open`, released by `close`, and the daemon makes no call after that.
    private static func feeder(
        _ reference: UnsafeMutableRawPointer?
    ) throws(PluginFailure) -> any FeederImplementation {
        guard let reference else { throw .missing("self") }
        return Unmanaged<Box>.fromOpaque(reference).takeUnretainedValue().feeder
    }

    private static func type() throws(PluginFailure) -> any FeederImplementation.Type {
        guard let type = implementation.withLock({ $0 }) else { throw .missing("the answer to an offer") }
        return type
    }

    private static func makeTable() -> kubearmor_feeder {
        var table = kubearmor_feeder()
        table.struct_size = UInt32(MemoryLayout<kubearmor_feeder>.size)
        addOpening(to: &table)
        addPublishing(to: &table)
        table.stats = { reference, stats, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let statistics = try FeederTable.feeder(reference).statistics().map(\.contractForm)
                try fill(statistics, into: stats, capacity: capacity, count: count)
                return 0
            }
        }
        return table
    }

    private static func addOpening(to table: inout kubearmor_feeder) {
        table.probe = { host, result, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                try FeederTable.type().probe(host: host).store(into: result)
                return 0
            }
        }
        table.open = { host, reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                guard let reference else { throw .missing("self") }
                let box = Box(try FeederTable.type().init(host: host))
                reference.pointee = Unmanaged.passRetained(box).toOpaque()
                return 0
            }
        }
        table.close = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let reference else { throw .missing("self") }
                // The reference that `open` gave away comes back and ends here, also when close throws.
                try Unmanaged<Box>.fromOpaque(reference).takeRetainedValue().feeder.close()
                return 0
            }
        }
    }

    private static func addPublishing(to table: inout kubearmor_feeder) {
        table.publish = { reference, records, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let feeder = try FeederTable.feeder(reference)
                return Int32(clamping: try feeder.publish(try RecordBatch(records, count: count)))
            }
        }
        table.flush = { reference, deadline, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try FeederTable.feeder(reference).flush(deadlineMilliseconds: deadline)
                return 0
            }
        }
        table.reopen = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try FeederTable.feeder(reference).reopen()
                return 0
            }
        }
    }
}
