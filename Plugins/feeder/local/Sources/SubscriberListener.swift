// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// Listens at the socket and serves the subscribers, on a thread of its own.
final class SubscriberListener: Sendable {
    private static let pauseMilliseconds: Int32 = 50

    private let path: String
    private let socket: Int32
    private let subscribers: SubscriberSet
    private let worker: Worker

    init(path: String, subscribers: SubscriberSet) throws(PluginFailure) {
        self.path = path
        self.subscribers = subscribers
        worker = try Worker()
        socket = kubearmor_local_listen(path)
        guard socket >= 0 else {
            throw PluginFailure(
                code: -socket,
                message: "cannot listen at \(path): \(String(cString: strerror(-socket))): set another runDir")
        }
        try worker.start(name: "feed-local-send") { [self] in run() }
    }

    deinit { close(socket) }

    /// Has the thread send what was queued.
    func wake() { worker.wake() }

    /// Ends the thread and waits for it. Called once.
    func stop() {
        worker.stop()
        // Before the descriptor is closed: the next daemon has a socket of its own at this path.
        unlink(path)
    }

    private func run() {
        // Who waits stays ready while no descriptor is to be had: looked at again after a while, not at once.
        var isOut = false
        while !worker.isStopping {
            let (interests, timeout) = subscribers.interests()
            var entries = [pollfd(fd: isOut ? -1 : socket, events: Int16(POLLIN), revents: 0)] + interests
            _ = worker.wait(for: &entries, milliseconds: isOut ? Self.pauseMilliseconds : timeout)
            subscribers.serve(Array(entries[1...]))
            isOut = isOut ? false : entries[0].revents != 0 && !acceptAll()
        }
    }

    /// Whether nobody is left who waits.
    private func acceptAll() -> Bool {
        while true {
            let connection = kubearmor_local_accept(socket)
            switch connection {
            case 0...: subscribers.add(connection)
            // Who connected has gone again.
            case -ECONNABORTED, -EINTR: continue
            default: return connection == -EAGAIN
            }
        }
    }
}
