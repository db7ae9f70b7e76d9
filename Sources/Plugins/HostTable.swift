// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// The services of the daemon as one plugin sees them: a struct kubearmor_host whose context is this box. Both live as
/// long as the process: a plugin may call from a thread of its own at any time.
final class HostTable: Sendable {
    private let plugin: String
    private let services: any PluginServices
    /// No policy of sane size is larger.
    private static let policyLimit = 4 << 20

    private init(plugin: String, services: any PluginServices) {
        self.plugin = plugin
        self.services = services
    }

    /// A table for the plugin, valid and unchanged until the process ends; services that are for sources or for
    /// feeders are NULL for the other kinds.
    static func make(plugin: String, kind: PluginKind, services: any PluginServices) -> UnsafePointer<kubearmor_host> {
        let box = HostTable(plugin: plugin, services: services)
        let table = UnsafeMutablePointer<kubearmor_host>.allocate(capacity: 1)
        var host = kubearmor_host()
        host.struct_size = UInt32(MemoryLayout<kubearmor_host>.size)
        host.context = Unmanaged.passRetained(box).toOpaque()
        host.log = { HostTable.of($0)?.log(level: $1, text: $2, length: $3) }
        host.emit = { HostTable.of($0)?.emit($1, count: $2) }
        host.metric = { HostTable.of($0)?.metric($1, value: $2) }
        host.now = { _ in HostTable.now() }
        host.config = { HostTable.of($0)?.config($1, into: $2, size: $3) ?? Int64(-EINVAL) }
        if kind == .source {
            host.workload_upsert = { HostTable.of($0)?.upsert($1) ?? -EINVAL }
            host.workload_remove = { HostTable.of($0)?.remove($1) ?? -EINVAL }
            host.synced = { HostTable.of($0)?.synced() }
        }
        if kind == .feeder {
            host.apply_policy = {
                HostTable.of($0)?.applyPolicy($1, length: $2, peer: $3, error: $4, errorSize: $5) ?? -EINVAL
            }
            host.describe = { HostTable.of($0)?.describe($1, into: $2, size: $3) ?? Int64(-EINVAL) }
        }
        table.initialize(to: host)
        return UnsafePointer(table)
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> HostTable? {
        context.map { Unmanaged<HostTable>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func upsert(_ workload: UnsafePointer<kubearmor_workload>?) -> Int32 {
        guard let workload = ReportedWorkload(workload) else { return -EINVAL }
        return services.upsert(source: plugin, workload: workload)
    }

    private func remove(_ id: UnsafePointer<CChar>?) -> Int32 {
        guard let id else { return -EINVAL }
        let text = String(cString: id)
        guard ReportedWorkload.isIdentifier(text) else { return -EINVAL }
        return services.remove(source: plugin, workload: text)
    }

    private func synced() { services.synced(source: plugin) }

    private func log(level: UInt32, text: UnsafePointer<CChar>?, length: UInt64) {
        guard let text else { return }
        // A line longer than this is a mistake of the plugin's.
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(min(length, 16384)))
        services.log(plugin: plugin, level: level, text: String(decoding: bytes, as: UTF8.self))
    }

    private func emit(_ events: UnsafePointer<kubearmor_event>?, count: UInt64) {
        guard let events, count > 0 else { return }
        services.emit(plugin: plugin, events: events, count: Int(clamping: count))
    }

    private func metric(_ name: UnsafePointer<CChar>?, value: Int64) {
        guard let name else { return }
        services.metric(plugin: plugin, name: String(cString: name), value: value)
    }

    private func config(_ key: UnsafePointer<CChar>?, into value: UnsafeMutablePointer<CChar>?, size: UInt64) -> Int64 {
        Self.answer(key, into: value, size: size) { services.setting(plugin: plugin, key: $0) }
    }

    private func applyPolicy(
        _ json: UnsafePointer<CChar>?, length: UInt64, peer: Int64, error: UnsafeMutablePointer<CChar>?,
        errorSize: UInt64
    ) -> Int32 {
        guard let json, let count = Int(exactly: length), count <= Self.policyLimit else { return -EINVAL }
        let text = String(decoding: UnsafeRawBufferPointer(start: json, count: count), as: UTF8.self)
        let (result, reason) = services.applyPolicy(feeder: plugin, json: text, peerUID: peer)
        _ = Self.copy(reason, into: error, size: errorSize)
        return result
    }

    private func describe(
        _ what: UnsafePointer<CChar>?, into text: UnsafeMutablePointer<CChar>?, size: UInt64
    ) -> Int64 {
        Self.answer(what, into: text, size: size) { services.describe(feeder: plugin, what: $0) }
    }

    private static func answer(
        _ question: UnsafePointer<CChar>?, into value: UnsafeMutablePointer<CChar>?, size: UInt64,
        _ text: (String) -> String?
    ) -> Int64 {
        guard let question, value != nil || size == 0 else { return Int64(-EINVAL) }
        guard let text = text(String(cString: question)) else { return Int64(-ENOENT) }
        return copy(text, into: value, size: size)
    }

    /// Cut to fit and ended by a NUL; gives the whole length.
    private static func copy(_ text: String, into value: UnsafeMutablePointer<CChar>?, size: UInt64) -> Int64 {
        let bytes = Array(text.utf8)
        if let value, size > 0 {
            let count = min(bytes.count, Int(clamping: size) - 1)
            bytes.withUnsafeBytes { _ = memcpy(value, $0.baseAddress ?? UnsafeRawPointer(value), count) }
            value[count] = 0
        }
        return Int64(bytes.count)
    }
}
