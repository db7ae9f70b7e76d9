// SPDX-License-Identifier: Apache-2.0
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

    /// The daemon's present value of a setting; nil when it has none.
    public func setting(_ key: String) -> String? { text(of: key, from: services.config) }

    /// JSON about the daemon, for feeders: "plugins", "workloads", "metrics" and so on; nil for a word that it does not
    /// know, and while it starts.
    public func describe(_ what: String) -> String? { text(of: what, from: services.describe) }

    private func text(
        of key: String,
        from config: (
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafeMutablePointer<CChar>?, UInt64
            ) -> Int64
        )?
    ) -> String? {
        guard let config else { return nil }
        var text = [CChar](repeating: 0, count: 256)
        // The value may grow between two calls, so ask until it fits.
        while true {
            let length = config(services.context, key, &text, UInt64(text.count))
            guard length >= 0 else { return nil }
            guard length >= text.count else {
                return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            text = [CChar](repeating: 0, count: Int(length) + 1)
        }
    }
}
