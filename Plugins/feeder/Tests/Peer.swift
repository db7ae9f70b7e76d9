// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Testing

/// A stream socket at a port of this machine: one that listens, or a connection.
final class Peer {
    private let descriptor: Int32

    /// Listens at a port of the system's choice.
    convenience init() throws { try self.init(kubearmor_network_listen("127.0.0.1", "0")) }

    convenience init(connectingTo port: Int32) throws {
        try self.init(kubearmor_network_connect("127.0.0.1", "\(port)", 0, 5000))
    }

    private init(_ descriptor: Int32) throws {
        try #require(descriptor >= 0)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    var port: Int32 { kubearmor_network_port(descriptor) }

    /// A port where nobody listens.
    static func freePort() throws -> Int32 { try Peer().port }

    /// The next client, within five seconds.
    func accept() throws -> Peer {
        try #require(kubearmor_local_wait(descriptor, 0, 5000) == 1)
        return try Peer(kubearmor_local_accept(descriptor))
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(kubearmor_local_send(descriptor, bytes, bytes.count) == Int32(bytes.count))
    }

    /// What comes until the text ends so, within five seconds.
    func receive(until end: String) throws -> String {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while !String(decoding: text, as: UTF8.self).hasSuffix(end) {
            try #require(
                kubearmor_local_wait(descriptor, 0, 5000) == 1, "\(String(decoding: text, as: UTF8.self))")
            let count = kubearmor_local_receive(descriptor, &piece, piece.count)
            try #require(count > 0, "\(String(decoding: text, as: UTF8.self))")
            text += piece[..<Int(count)]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
