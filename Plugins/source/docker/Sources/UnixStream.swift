// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// A connection to a Unix socket that never waits longer than it may, nor after it was told to stop.
final class UnixStream {
    private let descriptor: Int32
    private let stopping: StopSignal
    let socket: SourceSocket

    /// Connects, which a listener with a full queue may delay.
    init(_ socket: SourceSocket, stopping: StopSignal, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        self.socket = socket
        self.stopping = stopping
        descriptor = try Self.connect(socket, stopping, deadline)
    }

    private static func connect(
        _ socket: SourceSocket, _ stopping: StopSignal, _ deadline: ContinuousClock.Instant
    ) throws(PluginFailure) -> Int32 {
        while true {
            let result = kubearmor_local_connect(socket.path)
            if result >= 0 { return result }
            // A Unix socket has no connection under way: the queue is full, and the call is made again.
            guard result == -EAGAIN || result == -EINTR else { throw socket.failure(-result) }
            guard ContinuousClock.now < deadline else { throw socket.failure(ETIMEDOUT) }
            try stopping.pause(milliseconds: 50)
        }
    }

    deinit { close(descriptor) }

    func write(_ text: String, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT, deadline: deadline)
            let count = rest.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(Int(count))
            } else if count != -EAGAIN && count != -EINTR {
                throw socket.failure(-count)
            }
        }
    }

    /// The next bytes, at least one; empty at the end.
    func read(deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            try wait(for: POLLIN, deadline: deadline)
            let count = bytes.withUnsafeMutableBytes {
                kubearmor_local_receive(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 { return Array(bytes[..<Int(count)]) }
            guard count == -EAGAIN || count == -EINTR else { throw socket.failure(-count) }
        }
    }

    private func wait(for events: Int32, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
        guard try stopping.wait(for: descriptor, events: events, milliseconds: Int32(max(0, min(rest, 1e6)))) else {
            throw socket.failure(ETIMEDOUT)
        }
    }
}

/// Ends every wait of a source, for good.
final class StopSignal: Sendable {
    private let descriptor: Int32

    init() throws(PluginFailure) {
        descriptor = kubearmor_wake_open()
        guard descriptor >= 0 else {
            throw PluginFailure(code: -descriptor, message: "eventfd: \(String(cString: strerror(-descriptor)))")
        }
    }

    deinit { close(descriptor) }

    func send() { _ = kubearmor_wake_signal(descriptor) }

    /// Whether the descriptor is ready in time. Throws when the source is to stop.
    func wait(for other: Int32, events: Int32, milliseconds: Int32) throws(PluginFailure) -> Bool {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other, events: Int16(events), revents: 0),
        ]
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        if entries[0].revents != 0 { throw Self.stopped }
        return count < 0 ? errno == EINTR : entries[1].revents != 0
    }

    func pause(milliseconds: Int32) throws(PluginFailure) {
        _ = try wait(for: -1, events: 0, milliseconds: milliseconds)
    }

    static let stopped = PluginFailure(code: ECANCELED, message: "stopped")
}
