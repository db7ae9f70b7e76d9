// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import NRIProtocol
internal import PluginKit

/// Ends a wait of the channel's, from any thread.
final class Wake: Sendable {
    let descriptor: Int32

    init() throws(PluginFailure) {
        descriptor = kubearmor_wake_open()
        guard descriptor >= 0 else {
            throw PluginFailure(code: -descriptor, message: "eventfd: \(String(cString: strerror(-descriptor)))")
        }
    }

    deinit { close(descriptor) }

    func send() { _ = kubearmor_wake_signal(descriptor) }

    func clear() { _ = kubearmor_wake_clear(descriptor) }
}

/// The connection to a runtime's NRI, of one thread.
final class NRIChannel {
    /// An answer is shorter than a socket's buffer: who does not take it for so long hangs.
    private static let writeLimit = Duration.seconds(2)

    let socket: SourceSocket
    private let descriptor: Int32
    private let wake: Wake
    private var reader = TTRPCReader()

    init(_ socket: SourceSocket, _ wake: Wake) throws(PluginFailure) {
        (self.socket, self.wake) = (socket, wake)
        descriptor = kubearmor_local_connect(socket.path)
        guard descriptor >= 0 else { throw socket.failure(-descriptor) }
    }

    deinit { close(descriptor) }

    /// What has come, after the deadline or a wake at the latest; then there may be nothing.
    func next(until deadline: ContinuousClock.Instant?) throws(PluginFailure) -> [TTRPCMessage] {
        var entries = [
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, nfds_t(entries.count), Self.milliseconds(until: deadline))
        if entries[0].revents != 0 { wake.clear() }
        guard entries[1].revents != 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes { kubearmor_local_receive(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            if count == -EAGAIN || count == -EINTR { return [] }
            throw socket.failure(-count)
        }
        guard count > 0 else {
            throw PluginFailure(code: EPIPE, message: "\(socket.path): the runtime has ended the connection")
        }
        return try decoded(bytes[..<Int(count)]) { piece throws(MalformedMessage) in try reader.take(piece) }
    }

    func send(_ message: TTRPCMessage) throws(PluginFailure) {
        var rest = message.bytes[...]
        let deadline = ContinuousClock.now + Self.writeLimit
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(Int(count))
            } else if count == -EAGAIN {
                _ = kubearmor_local_wait(descriptor, 1, Self.milliseconds(until: deadline))
                guard ContinuousClock.now < deadline else { throw socket.failure(ETIMEDOUT) }
            } else if count != -EINTR {
                throw socket.failure(-count)
            }
        }
    }

    /// What a message, or a part of one, says.
    func decoded<Bytes, Message>(
        _ bytes: Bytes, _ decode: (Bytes) throws(MalformedMessage) -> Message
    ) throws(PluginFailure) -> Message {
        do throws(MalformedMessage) {
            return try decode(bytes)
        } catch {
            throw PluginFailure(
                code: EPROTO, message: "\(socket.path): the runtime cannot be understood: \(error)")
        }
    }

    /// For ever without a deadline.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
        return Int32(max(0, min(rest.rounded(.up), 1e6)))
    }
}
