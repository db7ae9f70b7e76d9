// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Testing

/// A failure as the contract reports it.
struct EntryFailure: Error, CustomStringConvertible {
    let code: Int32
    let description: String
}

/// An open feeder with its host.
final class OpenFeeder {
    let host: TestHost
    let table: kubearmor_feeder
    private let hostTable: UnsafePointer<kubearmor_host>
    private(set) var reference: UnsafeMutableRawPointer?

    convenience init(logPath: String) throws {
        try self.init("file", ["logPath": logPath])
    }

    init(_ name: String, _ settings: [String: String]) throws {
        host = TestHost(settings)
        hostTable = host.makeTable()
        table = try FeederLibrary(name).table(host: hostTable)
        let open = try #require(table.open)
        var reference: UnsafeMutableRawPointer?
        let hostTable = hostTable
        _ = try OpenFeeder.checked { open(hostTable, &reference, $0, $1) }
        self.reference = reference
    }

    deinit {
        close()
    }

    /// Ends it; a second call does nothing.
    func close() {
        guard let reference else { return }
        self.reference = nil
        _ = table.close?(reference, nil, 0)
    }

    func publish(_ records: [RecordFields]) throws -> Int {
        let publish = try #require(table.publish)
        let array = RecordArray(records)
        return Int(try OpenFeeder.checked { publish(reference, array.start, array.count, $0, $1) })
    }

    func reopen() throws {
        let reopen = try #require(table.reopen)
        _ = try OpenFeeder.checked { reopen(reference, $0, $1) }
    }

    func flush(milliseconds: Int32) throws {
        let flush = try #require(table.flush)
        _ = try OpenFeeder.checked { flush(reference, milliseconds, $0, $1) }
    }

    func statistics() throws -> [String: UInt64] {
        let stats = try #require(table.stats)
        var array = [kubearmor_stat](repeating: kubearmor_stat(), count: 32)
        array[0].struct_size = UInt32(MemoryLayout<kubearmor_stat>.size)
        var count: UInt64 = 0
        _ = try OpenFeeder.checked { stats(reference, &array, UInt64(array.count), &count, $0, $1) }
        return Dictionary(
            uniqueKeysWithValues: array.prefix(Int(count)).map { stat in
                (withUnsafeBytes(of: stat.name) { text(of: Array($0.bindMemory(to: CChar.self))) }, stat.value)
            })
    }

    /// Calls an entry with an error buffer; throws what the entry reports.
    static func checked(_ call: (UnsafeMutablePointer<CChar>?, UInt64) -> Int32) throws -> Int32 {
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let size = UInt64(error.count)
        let result = call(&error, size)
        guard result >= 0 else {
            throw EntryFailure(code: -result, description: text(of: error))
        }
        return result
    }
}

/// Probes with a setting: whether it is usable, with mode and reason.
func probe(logPath: String) throws -> (usable: Bool, mode: String, reason: String, capabilities: String) {
    try probe("file", ["logPath": logPath])
}

/// Probes a feeder with settings.
func probe(
    _ name: String, _ settings: [String: String]
) throws -> (usable: Bool, mode: String, reason: String, capabilities: String) {
    let host = TestHost(settings).makeTable()
    let probe = try #require(try FeederLibrary(name).table(host: host).probe)
    var result = kubearmor_probe()
    result.struct_size = UInt32(MemoryLayout<kubearmor_probe>.size)
    _ = try OpenFeeder.checked { probe(host, &result, $0, $1) }
    func field<Field>(_ field: Field) -> String {
        withUnsafeBytes(of: field) { text(of: Array($0.bindMemory(to: CChar.self))) }
    }
    return (result.usable == 1, field(result.mode), field(result.reason), field(result.capabilities))
}
