// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Where messages go: the setting `syslogAddress`.
enum SyslogAddress: Sendable, Hashable {
    /// A socket's path; whether it takes datagrams or a stream shows when it is connected to.
    case local(path: String)
    case datagrams(host: String, port: String)
    case stream(host: String, port: String)

    static let settingKey = "syslogAddress"

    /// Reads the daemon's present setting.
    init(host: Host) throws(PluginFailure) {
        let text = host.setting(Self.settingKey) ?? ""
        guard let address = SyslogAddress(text) else {
            throw PluginFailure(
                code: EINVAL,
                message: "\(Self.settingKey): '\(text)' is not unix:///PATH, udp://HOST:PORT or tcp://HOST:PORT: "
                    + "set it to one")
        }
        self = address
    }

    /// Ports are 514 for datagrams and 601 for streams when there is none. Nil for what is no address.
    init?(_ text: String) {
        if let path = Self.rest(of: text, behind: "unix://") {
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self = .local(path: path)
        } else if let place = Self.rest(of: text, behind: "udp://") {
            guard let address = HostPort(place[...], port: "514") else { return nil }
            self = .datagrams(host: address.host, port: address.port)
        } else if let place = Self.rest(of: text, behind: "tcp://") {
            guard let address = HostPort(place[...], port: "601") else { return nil }
            self = .stream(host: address.host, port: address.port)
        } else {
            return nil
        }
    }

    /// As `plugins info` and log lines show it.
    var name: String {
        switch self {
        case .local(let path): "unix://\(path)"
        case .datagrams(let host, let port): "udp://\(HostPort.name(of: host, port: port))"
        case .stream(let host, let port): "tcp://\(HostPort.name(of: host, port: port))"
        }
    }

    private static func rest(of text: String, behind prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
}
