// SPDX-License-Identifier: Apache-2.0
internal import PluginABI
internal import Synchronization

/// Makes `struct kubearmor_source` from a `SourceImplementation`, as `FeederTable` does for feeders.
enum SourceTable {
    private static let implementation = Mutex<(any SourceImplementation.Type)?>(nil)

    /// Allocated once and never freed: the contract wants tables valid until the process ends.
    nonisolated(unsafe) private static let table: UnsafePointer<kubearmor_source> = {
        let place = UnsafeMutablePointer<kubearmor_source>.allocate(capacity: 1)
        place.initialize(to: makeTable())
        return UnsafePointer(place)
    }()

    static func make(for type: any SourceImplementation.Type) -> UnsafeRawPointer {
        implementation.withLock { $0 = type }
        return UnsafeRawPointer(table)
    }

    /// Holds an open source between `open` and `close`.
    private final class Box {
        let source: any SourceImplementation

        init(_ source: any SourceImplementation) {
            self.source = source
        }
    }

    /// The source behind `self`: retained by `open`, released by `close`, and the daemon makes no call after that.
    private static func source(
        _ reference: UnsafeMutableRawPointer?
    ) throws(PluginFailure) -> any SourceImplementation {
        guard let reference else { throw .missing("self") }
        return Unmanaged<Box>.fromOpaque(reference).takeUnretainedValue().source
    }

    private static func type() throws(PluginFailure) -> any SourceImplementation.Type {
        guard let type = implementation.withLock({ $0 }) else { throw .missing("the answer to an offer") }
        return type
    }

    private static func makeTable() -> kubearmor_source {
        var table = kubearmor_source()
        table.struct_size = UInt32(MemoryLayout<kubearmor_source>.size)
        addOpening(to: &table)
        // Before there is a table an implementation was named.
        if (try? type()) is any PreparingSource.Type { addPrepare(to: &table) }
        table.run = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try SourceTable.source(reference).run()
                return 0
            }
        }
        table.stop = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                try SourceTable.source(reference).stop()
                return 0
            }
        }
        table.stats = { reference, stats, capacity, count, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                let statistics = try SourceTable.source(reference).statistics().map(\.contractForm)
                try fill(statistics, into: stats, capacity: capacity, count: count)
                return 0
            }
        }
        return table
    }

    private static func addPrepare(to table: inout kubearmor_source) {
        table.prepare = { reference, id, status, _, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let id else { throw .missing("id") }
                guard let source = try SourceTable.source(reference) as? any PreparingSource else {
                    throw .missing("prepare")
                }
                try source.prepare(String(cString: id), status: status)
                return 0
            }
        }
    }

    private static func addOpening(to table: inout kubearmor_source) {
        table.probe = { host, result, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                try SourceTable.type().probe(host: host).store(into: result)
                return 0
            }
        }
        table.open = { host, reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let host = Host(host) else { throw .missing("host") }
                guard let reference else { throw .missing("self") }
                let box = Box(try SourceTable.type().init(host: host))
                reference.pointee = Unmanaged.passRetained(box).toOpaque()
                return 0
            }
        }
        table.close = { reference, error, errorSize in
            ErrorBuffer(error, errorSize).report { () throws(PluginFailure) in
                guard let reference else { throw .missing("self") }
                // The reference that `open` gave away comes back and ends here, also when close throws.
                try Unmanaged<Box>.fromOpaque(reference).takeRetainedValue().source.close()
                return 0
            }
        }
    }
}
