// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Synchronization

/// A daemon's services for one plugin: settings that a test sets, log lines that it reads.
final class TestHost: Sendable {
    private let settings = Mutex<[String: String]>([:])
    private let lines = Mutex<[String]>([])
    /// The tables made so far: they live until the process ends, as the contract says, and stay known to leak checkers.
    private static let tables = Mutex<[UInt]>([])

    init(_ settings: [String: String]) {
        self.settings.withLock { $0 = settings }
    }

    func set(_ key: String, _ value: String) {
        settings.withLock { $0[key] = value }
    }

    var log: [String] { lines.withLock { $0 } }

    /// The table for `open`.
    func makeTable() -> UnsafePointer<kubearmor_host> {
        let table = UnsafeMutablePointer<kubearmor_host>.allocate(capacity: 1)
        table.initialize(to: kubearmor_host())
        table.pointee.struct_size = UInt32(MemoryLayout<kubearmor_host>.size)
        table.pointee.context = Unmanaged.passRetained(self).toOpaque()
        table.pointee.log = { context, _, text, length in
            guard let host = TestHost.from(context), let text else { return }
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
            host.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        table.pointee.config = { context, key, value, size in
            guard let host = TestHost.from(context), let key, let value else { return -22 }
            guard let text = host.settings.withLock({ $0[String(cString: key)] }) else { return -2 }
            let bytes = text.utf8.prefix(max(0, Int(size) - 1))
            for (index, byte) in bytes.enumerated() {
                value[index] = CChar(bitPattern: byte)
            }
            value[bytes.count] = 0
            return Int64(text.utf8.count)
        }
        let address = UInt(bitPattern: table)
        TestHost.tables.withLock { $0.append(address) }
        return UnsafePointer(table)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> TestHost? {
        context.map { Unmanaged<TestHost>.fromOpaque($0).takeUnretainedValue() }
    }
}
