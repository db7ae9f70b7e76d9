// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import JSON
internal import PluginKit

/// The questions that a Docker Engine is asked.
struct DockerEngine {
    /// A question that takes longer is asked of an engine that hangs.
    private static let limit = Duration.seconds(10)

    let socket: SourceSocket
    let stopping: StopSignal

    /// Of all containers, also of those that do not run.
    func containers() throws(PluginFailure) -> [String] {
        try ask("/containers/json?all=1").elements.compactMap { $0["Id"]?.string }
    }

    /// Nil when there is no such container.
    func container(_ id: String) throws(PluginFailure) -> JSONValue? {
        guard Self.isIdentifier(id) else { return nil }
        return try askIfThere("/containers/\(id)/json")
    }

    /// `name@digest` of an image in the registries that it is known to come from.
    func digests(ofImage id: String) throws(PluginFailure) -> [String] {
        guard Self.isIdentifier(id) else { return [] }
        return try askIfThere("/images/\(id)/json")?["RepoDigests"]?.elements.compactMap(\.string) ?? []
    }

    /// What happens to containers from now on.
    func events() throws(PluginFailure) -> HTTPExchange {
        let filters = "%7B%22type%22%3A%5B%22container%22%5D%7D"
        let deadline = ContinuousClock.now + Self.limit
        let stream = try UnixStream(socket, stopping: stopping, deadline: deadline)
        let exchange = try HTTPExchange(stream, get: "/events?filters=\(filters)", deadline: deadline)
        guard exchange.status == 200 else { throw refused("/events", exchange.status) }
        return exchange
    }

    private func ask(_ target: String) throws(PluginFailure) -> JSONValue {
        guard let answer = try askIfThere(target) else { throw refused(target, 404) }
        return answer
    }

    private func askIfThere(_ target: String) throws(PluginFailure) -> JSONValue? {
        let deadline = ContinuousClock.now + Self.limit
        let stream = try UnixStream(socket, stopping: stopping, deadline: deadline)
        let exchange = try HTTPExchange(stream, get: target, deadline: deadline)
        let body = try exchange.body(deadline: deadline)
        if exchange.status == 404 { return nil }
        guard exchange.status == 200 else { throw refused(target, exchange.status) }
        guard let value = JSONParser.parse(String(decoding: body, as: UTF8.self)) else {
            throw PluginFailure(code: EPROTO, message: "\(socket.path): the answer about \(target) is no JSON")
        }
        return value
    }

    private func refused(_ target: String, _ status: Int) -> PluginFailure {
        PluginFailure(code: EPROTO, message: "\(socket.path): the engine answers \(target) with \(status)")
    }

    /// Nothing else becomes a part of a target.
    private static func isIdentifier(_ id: String) -> Bool {
        (1..<256).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
