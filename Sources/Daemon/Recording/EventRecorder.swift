// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
import Logging
import PluginABI
import Synchronization
import Workloads

/// Hands raw events, as plugins report them, to programs that connect to `record.sock`, on a thread of its own.
///
/// Whoever reports pays one look at a flag while nobody records.
final class EventRecorder: Sendable {
    static let socketName = "record.sock"
    /// Each may have a queue of some MiB.
    private static let limit = 4
    private static let endMilliseconds: Int32 = 500

    private let path: String
    private let socket: Int32
    private let wake: Int32
    private let host: String
    private let workloads: WorkloadRegistry
    private let logger: Logger
    private let isRecording = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    private let connections = Mutex<[RecorderConnection]>([])

    /// Nil when nobody can record; the log says why.
    init?(runDirectory: String, host: String, workloads: WorkloadRegistry, logger: Logger) {
        path = "\(runDirectory)/\(Self.socketName)"
        (self.host, self.workloads, self.logger) = (host, workloads, logger)
        socket = kubearmor_local_listen(path)
        wake = kubearmor_wake_open()
        guard socket >= 0, wake >= 0 else {
            logger.error("events cannot be recorded: \(path): \(SystemText.errno(-min(socket, wake)))")
            return nil
        }
    }

    deinit {
        if socket >= 0 { close(socket) }
        if wake >= 0 { close(wake) }
    }

    /// Starts the thread; called once.
    func start() throws { try DedicatedThread.start(name: "record") { self.run() } }

    /// Hands over what waits, ends the thread and waits for it. Called once, after ``start()``.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        _ = kubearmor_wake_signal(wake)
        finished.wait()
    }

    /// Called on the threads of plugins.
    ///
    /// - Parameter events: `count` of them, valid during the call
    func take(_ events: UnsafePointer<kubearmor_event>, count: Int, from plugin: String) {
        guard isRecording.load(ordering: .relaxed), let reader = EventReader(events, count: count) else { return }
        let snapshot = workloads.snapshot()
        connections.withLock { connections in
            for index in connections.indices { connections[index].take(reader, from: plugin, snapshot) }
        }
        _ = kubearmor_wake_signal(wake)
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            var entries = [
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            ]
            entries += interests()
            guard poll(&entries, nfds_t(entries.count), -1) >= 0 || errno == EINTR else { break }
            if entries[0].revents != 0 { _ = kubearmor_wake_clear(wake) }
            serve(entries.dropFirst(2))
            if entries[1].revents != 0 { accept() }
        }
        // Before the descriptor is closed: the next daemon has a socket of its own at this path.
        unlink(path)
        end()
        finished.signal()
    }

    private func interests() -> [pollfd] {
        connections.withLock { connections in
            connections.map { pollfd(fd: $0.descriptor, events: Int16($0.isIdle ? 0 : POLLOUT), revents: 0) }
        }
    }

    private func serve(_ entries: some Collection<pollfd>) {
        let gone = Set(entries.filter { Int32($0.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 }.map(\.fd))
        connections.withLock { connections in
            connections.removeAll { connection in
                guard gone.contains(connection.descriptor) else { return false }
                close(connection.descriptor)
                return true
            }
            for index in connections.indices { connections[index].send() }
            isRecording.store(!connections.isEmpty, ordering: .relaxed)
        }
    }

    private func accept() {
        while true {
            let descriptor = kubearmor_local_accept(socket)
            guard descriptor >= 0 else { return }
            var (pid, uid): (UInt32, UInt32) = (0, .max)
            let isTrusted = kubearmor_local_is_trusted(descriptor, &pid, &uid) == 1
            connections.withLock { connections in
                guard isTrusted, connections.count < Self.limit else {
                    logger.warning("process \(pid) of user \(uid) may not record, or \(Self.limit) record already")
                    close(descriptor)
                    return
                }
                var connection = RecorderConnection(descriptor, host: host)
                connection.send()
                connections.append(connection)
                isRecording.store(true, ordering: .relaxed)
            }
        }
    }

    /// Gives those that record what waits, as far as they take it in time.
    private func end() {
        connections.withLock { connections in
            isRecording.store(false, ordering: .relaxed)
            let deadline = ContinuousClock.now + .milliseconds(Int(Self.endMilliseconds))
            for index in connections.indices {
                connections[index].end()
                connections[index].send()
                while !connections[index].isIdle, ContinuousClock.now < deadline,
                    kubearmor_local_is_connected(connections[index].descriptor) == 1,
                    kubearmor_local_wait(connections[index].descriptor, 1, 20) >= 0
                {
                    connections[index].send()
                }
                close(connections[index].descriptor)
            }
            connections = []
        }
    }
}
