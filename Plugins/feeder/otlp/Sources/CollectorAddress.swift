// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Where a collector listens: the setting `otlpEndpoint`.
struct CollectorAddress: Sendable, Hashable {
    static let settingKey = "otlpEndpoint"

    let host: String
    let port: String
    /// What stands before `/v1/logs`; without a slash at its end.
    let path: String

    init(host services: Host) throws(PluginFailure) {
        let text = services.setting(Self.settingKey) ?? ""
        if text.hasPrefix("https://") {
            throw PluginFailure(
                code: EPROTONOSUPPORT,
                message: "\(Self.settingKey): TLS is for a collector on this node to speak: "
                    + "set it to http://127.0.0.1:4318")
        }
        guard let address = CollectorAddress(text) else {
            throw PluginFailure(
                code: EINVAL,
                message: "\(Self.settingKey): '\(text)' is not http://HOST:PORT: set it to http://127.0.0.1:4318")
        }
        self = address
    }

    /// The port is 4318 when there is none. Nil for what is no such address.
    init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst(7)
        let place = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(place.count))
        while path.hasSuffix("/") { path.removeLast() }
        let isPlain = path.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard let address = HostPort(place, port: "4318"), isPlain else { return nil }
        (host, port, self.path) = (address.host, address.port, path)
    }

    /// As log lines show it, and as `Host` has it.
    var name: String { HostPort.name(of: host, port: port) }
}
