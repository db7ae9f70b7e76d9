// SPDX-License-Identifier: Apache-2.0

/// A port of a host: `host:port`, `10.0.0.1:port` or `[::1]:port`.
public struct HostPort: Sendable, Hashable {
    /// A name or an address, without brackets.
    public let host: String
    /// 1 to 65535.
    public let port: String

    /// Nil for what is none.
    ///
    /// - Parameter usual: the port when the text has none
    public init?(_ text: Substring, port usual: String) {
        var host = text
        var port = Substring(usual)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard !host.isEmpty, !host.contains("/"), let number = UInt16(port), number > 0 else { return nil }
        (self.host, self.port) = (String(host), String(port))
    }

    /// As it is written.
    public var name: String { Self.name(of: host, port: port) }

    /// An address of IPv6 has brackets.
    public static func name(of host: String, port: String) -> String {
        "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
