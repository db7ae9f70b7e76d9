// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// A connection to a Unix socket that never waits longer than it may, nor after it was told to stop.
final class UnixStream {
    private let descriptor: Int32
    private let stopping: StopSignal
    let path: String

    /// Connects, which a listener with a full queue may delay.
    init(path: String, stopping: StopSignal, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        self.path = path
        self.stopping = stopping
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(errno, path) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Self.failure(ENAMETOOLONG, path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        while true {
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return }
            // A Unix socket has no connection under way: the queue is full, and the call is made again.
            guard errno == EAGAIN || errno == EINTR else { throw Self.failure(errno, path) }
            guard ContinuousClock.now < deadline else { throw Self.failure(ETIMEDOUT, path) }
            try stopping.pause(milliseconds: 50)
        }
    }

    deinit { close(descriptor) }

    func write(_ text: String, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT, deadline: deadline)
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EAGAIN && errno != EINTR {
                throw Self.failure(errno, path)
            }
        }
    }

    /// The next bytes, at least one; empty at the end.
    func read(deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            try wait(for: POLLIN, deadline: deadline)
            let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count >= 0 { return Array(bytes[..<count]) }
            guard errno == EAGAIN || errno == EINTR else { throw Self.failure(errno, path) }
        }
    }

    private func wait(for events: Int32, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
        guard try stopping.wait(for: descriptor, events: events, milliseconds: Int32(max(0, min(rest, 1e6)))) else {
            throw Self.failure(ETIMEDOUT, path)
        }
    }

    static func failure(_ number: Int32, _ path: String) -> PluginFailure {
        PluginFailure(code: number, message: "\(path): \(String(cString: strerror(number))): is the runtime running?")
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
