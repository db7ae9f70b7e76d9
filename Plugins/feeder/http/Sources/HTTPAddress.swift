// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Where the server listens, and by which names it may be asked: the settings `httpAddress` and `httpNames`.
struct HTTPAddress: Sendable, Hashable {
    static let settingKey = "httpAddress"

    /// Numeric.
    let host: String
    let port: String
    let names: Set<String>

    init(host services: Host) throws(PluginFailure) {
        let text = services.setting(Self.settingKey) ?? ""
        guard let (host, port) = Self.split(text) else {
            throw PluginFailure(
                code: EINVAL, message: "\(Self.settingKey): '\(text)' is not ADDRESS:PORT: set it to 127.0.0.1:32765")
        }
        (self.host, self.port) = (host, port)
        names = Set(services.list("httpNames").map { $0.lowercased() })
    }

    /// `10.0.0.1:80` or `[::1]:80`; nil for what is neither.
    static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = String(text[..<colon])
        let port = String(text[text.index(after: colon)...])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard UInt16(port) != nil, isNumeric(host) else { return nil }
        return (host, port)
    }

    /// Whether it is an address and no name.
    static func isNumeric(_ host: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// Whether a request to this `Host` is answered. A page of another site has a name that leads here, whatever the
    /// name server says, and is not to read what this one says: addresses and localhost are no such names.
    func accepts(host value: String) -> Bool {
        var host = value.lowercased()
        if host.hasPrefix("[") {
            host = String(host.dropFirst().prefix { $0 != "]" })
        } else if let colon = host.firstIndex(of: ":") {
            host = String(host[..<colon])
        }
        return host == "localhost" || Self.isNumeric(host) || names.contains(host)
    }
}
