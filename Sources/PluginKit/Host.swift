// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginABI

/// The daemon's services. May be kept, copied and called from any thread until the process ends; a service that this
/// daemon does not offer does nothing.
///
/// Unchecked: the table holds function pointers and the daemon's context, which the contract makes valid and callable
/// from any thread for the life of the process.
public struct Host: @unchecked Sendable {
    /// A copy, with zeroes for what an older daemon's table does not reach.
    let services: kubearmor_host

    /// Fails for NULL and for a table too short to hold even its size.
    init?(_ table: UnsafePointer<kubearmor_host>?) {
        guard let services = copyOfSized(table, zero: kubearmor_host()) else { return nil }
        self.services = services
    }

    /// Adds a line to the daemon's log, under the plugin's name. Returns at once.
    public func log(_ level: LogLevel, _ text: String) {
        guard let log = services.log else { return }
        var text = text
        text.withUTF8 { bytes in
            // The daemon copies the bytes before `log` returns.
            bytes.withMemoryRebound(to: CChar.self) { characters in
                log(services.context, level.number, characters.baseAddress, UInt64(characters.count))
            }
        }
    }

    /// Sets this plugin's gauge or counter `name`, of the characters `[a-z0-9_]`.
    public func metric(_ name: String, _ value: Int64) {
        services.metric?(services.context, name, value)
    }

    /// CLOCK_BOOTTIME in nanoseconds; 0 when the daemon has no clock to offer.
    public func now() -> UInt64 {
        services.now?(services.context) ?? 0
    }

    /// Has the daemon change a policy, as feeders may: `{"type", "object"}` JSON. Waits for the enforcer.
    ///
    /// - Parameter peerUID: of the local caller; nil for one that is known otherwise
    /// - Returns: a number of policy.PolicyStatus, and why it is none of success
    public func applyPolicy(_ json: [UInt8], peerUID: UInt32?) throws(PluginFailure) -> (status: Int32, reason: String)
    {
        guard let apply = services.apply_policy else {
            throw PluginFailure(code: ENOSYS, message: "this daemon takes no policies from feeders")
        }
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let result = json.withUnsafeBytes { bytes in
            // The daemon copies the bytes before it returns.
            apply(
                services.context, bytes.assumingMemoryBound(to: CChar.self).baseAddress, UInt64(bytes.count),
                peerUID.map(Int64.init) ?? -1, &error, UInt64(error.count))
        }
        let reason = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard result >= 0 else { throw PluginFailure(code: -result, message: reason) }
        return (result, reason)
    }

    /// JSON about `what`, as feeders may tell; nil when the daemon has none.
    public func description(of what: String) -> String? {
        guard let describe = services.describe else { return nil }
        return Self.text { describe(services.context, what, &$0, UInt64($0.count)) }
    }

    /// The daemon's present value of a setting; nil when it has none.
    public func setting(_ key: String) -> String? {
        guard let config = services.config else { return nil }
        return Self.text { config(services.context, key, &$0, UInt64($0.count)) }
    }

    /// A setting of names with commas between them.
    public func list(_ key: String) -> [String] {
        (setting(key) ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    }

    /// A text that the daemon copies into a buffer, saying how long it is.
    private static func text(_ copy: (inout [CChar]) -> Int64) -> String? {
        var text = [CChar](repeating: 0, count: 256)
        // It may grow between two calls, so ask until it fits.
        while true {
            let length = copy(&text)
            guard length >= 0 else { return nil }
            guard length >= text.count else {
                return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            text = [CChar](repeating: 0, count: Int(length) + 1)
        }
    }
}
