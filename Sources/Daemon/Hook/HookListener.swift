// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
public import Logging
import Synchronization
import Workloads

/// Listens for hooks at a Unix socket, on a thread of its own, and hands what they ask to who can answer.
public final class HookListener: Sendable {
    /// The socket's name in the run directory.
    public static let socketName = "hook.sock"

    /// The system refused to listen.
    public struct ListenError: Error, CustomStringConvertible {
        public let description: String
    }

    /// One whose request is not complete yet.
    private struct Pending {
        let connection: HookConnection
        var frame = HookFrame(limit: HookFrame.requestLimit)
    }

    /// A request comes in one piece, from a program that has nothing else to do.
    private static let requestNanoseconds: UInt64 = 1_000_000_000
    /// More are left in the listener's queue.
    private static let pendingLimit = 256

    private let path: String
    private let socket: Int32
    private let wake: Int32
    private let logger: Logger
    private let take: @Sendable (HookCall) -> Bool
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter take: called on the listener's thread, which it does not hold up; false when there is no room
    public init(
        runDirectory: String, logger: Logger, take: @escaping @Sendable (HookCall) -> Bool
    ) throws(ListenError) {
        path = "\(runDirectory)/\(Self.socketName)"
        socket = kubearmor_local_listen(path)
        guard socket >= 0 else {
            throw ListenError(
                description: "cannot listen at \(path): \(SystemText.errno(-socket)): set another runDir")
        }
        wake = kubearmor_wake_open()
        guard wake >= 0 else {
            close(socket)
            throw ListenError(description: "\(SystemText.errno(-wake)): raise the limit of open files")
        }
        self.logger = logger
        self.take = take
    }

    deinit {
        close(socket)
        close(wake)
    }

    /// Starts the thread; called once.
    public func start() throws {
        try DedicatedThread.start(name: "hook") { self.run() }
    }

    /// Ends the thread and waits for it; who connects from now on finds nobody. Called once, after ``start()``.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        _ = kubearmor_wake_signal(wake)
        finished.wait()
    }

    private func run() {
        var pending: [Pending] = []
        while !isStopping.load(ordering: .acquiring) {
            var entries = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
            let isFull = pending.count >= Self.pendingLimit
            entries.append(pollfd(fd: isFull ? -1 : socket, events: Int16(POLLIN), revents: 0))
            entries += pending.map { pollfd(fd: $0.connection.descriptor, events: Int16(POLLIN), revents: 0) }
            let count = poll(&entries, nfds_t(entries.count), pending.isEmpty ? -1 : 100)
            guard count >= 0 || errno == EINTR else { break }
            pending = zip(pending, entries.dropFirst(2)).compactMap { one, entry in
                count > 0 && entry.revents != 0 ? receive(one) : stillInTime(one)
            }
            if count > 0, entries[1].revents != 0 { accept(into: &pending) }
        }
        // Before the descriptor is closed: the next daemon has a socket of its own at this path.
        unlink(path)
        shutdown(socket, Int32(SHUT_RDWR))
        finished.signal()
    }

    private func accept(into pending: inout [Pending]) {
        while pending.count < Self.pendingLimit {
            let descriptor = kubearmor_local_accept(socket)
            guard descriptor >= 0 else { return }
            let connection = HookConnection(descriptor)
            guard connection.isTrusted else {
                refuse(connection, "user \(connection.uid) may not ask: run the hook as root")
                continue
            }
            // What it has to say is mostly there already.
            if let rest = receive(Pending(connection: connection)) { pending.append(rest) }
        }
    }

    /// Reads what is there; nil when nothing more is to be read.
    private func receive(_ one: Pending) -> Pending? {
        var one = one
        while one.frame.missing > 0 {
            var bytes = [UInt8](repeating: 0, count: min(one.frame.missing, 1 << 16))
            let count = bytes.withUnsafeMutableBytes {
                kubearmor_local_receive(one.connection.descriptor, $0.baseAddress, $0.count)
            }
            if count == -EAGAIN || count == -EINTR { return stillInTime(one) }
            // One that went away before it had asked.
            guard count > 0 else { return nil }
            do throws(HookFrame.TooLong) {
                try one.frame.append(bytes[..<Int(count)])
            } catch {
                refuse(one.connection, "\(error)")
                return nil
            }
        }
        hand(one)
        return nil
    }

    private func stillInTime(_ one: Pending) -> Pending? {
        guard kubearmor_boottime_ns() &- one.connection.began > Self.requestNanoseconds else { return one }
        refuse(one.connection, "the request did not come within a second")
        return nil
    }

    private func hand(_ one: Pending) {
        let connection = one.connection
        do throws(HookRequest.Malformed) {
            let request = try HookRequest(text: one.frame.text)
            let call = HookCall(
                request: request, caller: connection.caller, isWaiting: { connection.isWaiting },
                answer: { connection.send($0) })
            if !take(call) { refuse(connection, "too many hooks ask at once: ask again") }
        } catch {
            refuse(connection, "\(error)")
        }
    }

    private func refuse(_ connection: HookConnection, _ reason: String) {
        logger.warning("hook: process \(connection.caller) was refused: \(reason)")
        _ = connection.send(HookAnswer(failure: reason))
    }
}
