// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Where a runtime listens that a source asks.
public struct SourceSocket: Sendable, Hashable {
    /// Absolute.
    public let path: String

    /// A path that nobody has looked at yet.
    public init(path: String) { self.path = path }

    /// The socket that a setting names, as a path or as `unix://` and a path; without one, the first of the usual
    /// places where there is a socket, else the first.
    public static func choose(host: Host, setting: String, usual: [String]) -> SourceSocket {
        let given = host.setting(setting) ?? ""
        if !given.isEmpty {
            return SourceSocket(path: given.hasPrefix("unix://") ? String(given.dropFirst(7)) : given)
        }
        let places = usual.map(SourceSocket.init)
        return places.first(where: \.isThere) ?? SourceSocket(path: usual.first ?? "")
    }

    /// Whether there is a socket; nobody need listen.
    public var isThere: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// What a source's probe says: it is of use where there is a socket, and where the settings ask for it by name,
    /// which waits for the socket.
    public func probe(
        host: Host, source: String, setting: String, capabilities: [String] = ["report.container"]
    ) -> ProbeResult {
        if isThere { return ProbeResult(usable: true, mode: mode, capabilities: capabilities) }
        guard Self.isNamed(source, setting: setting, host: host) else {
            return ProbeResult(
                usable: false,
                reason: "there is no socket \(path): set \(setting) or name \(source) in sources to wait for it",
                capabilities: capabilities)
        }
        return ProbeResult(usable: true, reason: "waits for \(path)", mode: mode, capabilities: capabilities)
    }

    /// Whether the settings ask for a source by its name, or by its socket's.
    public static func isNamed(_ source: String, setting: String, host: Host) -> Bool {
        host.list("sources").contains(source) || !(host.setting(setting) ?? "").isEmpty
    }

    private var mode: String { String(path.utf8.count < 64 ? path : String(path.suffix(60))) }

    /// Connects and hangs up. Throws when nobody listens.
    public func knock() throws(PluginFailure) {
        guard isThere else {
            throw PluginFailure(code: ENOENT, message: "there is no socket \(path): is the runtime running?")
        }
        let descriptor = kubearmor_local_connect(path)
        if descriptor >= 0 {
            close(descriptor)
        } else if descriptor != -EAGAIN {
            // With a full queue somebody listens.
            throw failure(-descriptor)
        }
    }

    /// What a system call about it that failed is reported as.
    public func failure(_ number: Int32) -> PluginFailure {
        PluginFailure(code: number, message: "\(path): \(String(cString: strerror(number))): is the runtime running?")
    }
}
