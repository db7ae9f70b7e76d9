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
        var host = place
        var port: Substring = "4318"
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { return nil }
            host = place[place.index(after: place.startIndex)..<end]
            let behind = place[place.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
            if !behind.isEmpty { port = behind.dropFirst() }
        } else if let colon = place.lastIndex(of: ":") {
            (host, port) = (place[..<colon], place[place.index(after: colon)...])
        }
        let isPlain = path.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard !host.isEmpty, let number = UInt16(port), number > 0, isPlain else { return nil }
        (self.host, self.port, self.path) = (String(host), String(port), path)
    }

    /// As log lines show it, and as `Host` has it.
    var name: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
