// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit
internal import Synchronization

/// Listens at the socket and serves the subscribers, on a thread of its own.
final class SubscriberListener: Sendable {
    private let path: String
    private let socket: Int32
    private let wakeDescriptor: Int32
    private let subscribers: SubscriberSet
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex(pthread_t())

    init(path: String, subscribers: SubscriberSet) throws(PluginFailure) {
        self.path = path
        self.subscribers = subscribers
        socket = kubearmor_local_listen(path)
        guard socket >= 0 else {
            throw PluginFailure(
                code: -socket,
                message: "cannot listen at \(path): \(String(cString: strerror(-socket))): set another runDir")
        }
        wakeDescriptor = kubearmor_wake_open()
        guard wakeDescriptor >= 0 else {
            close(socket)
            throw PluginFailure(
                code: -wakeDescriptor,
                message: "\(String(cString: strerror(-wakeDescriptor))): raise the limit of open files")
        }
        try start()
    }

    deinit {
        close(socket)
        close(wakeDescriptor)
    }

    private func start() throws(PluginFailure) {
        // The thread's own reference: given back when it ends.
        let context = Unmanaged.passRetained(self)
        let status = thread.withLock { thread in
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let listener = Unmanaged<SubscriberListener>.fromOpaque(context).takeRetainedValue()
                    var all = sigset_t()
                    sigfillset(&all)
                    pthread_sigmask(SIG_BLOCK, &all, nil)
                    kubearmor_name_thread("feed-local-send")
                    listener.run()
                    return nil
                }, context.toOpaque())
        }
        guard status == 0 else {
            context.release()
            throw PluginFailure(code: status, message: "cannot start a thread: raise the limit of tasks (TasksMax)")
        }
    }

    /// Has the thread send what was queued.
    func wake() { _ = kubearmor_wake_signal(wakeDescriptor) }

    /// Ends the thread and waits for it. Called once.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake()
        pthread_join(thread.withLock { $0 }, nil)
        // Before the descriptor is closed: the next daemon has a socket of its own at this path.
        unlink(path)
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            let (interests, timeout) = subscribers.interests()
            var entries = [
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            ]
            entries += interests
            guard poll(&entries, nfds_t(entries.count), timeout) >= 0 || errno == EINTR else { return }
            if entries[0].revents != 0 { _ = kubearmor_wake_clear(wakeDescriptor) }
            subscribers.serve(Array(entries[2...]))
            guard entries[1].revents != 0 else { continue }
            while true {
                let connection = kubearmor_local_accept(socket)
                guard connection >= 0 else { break }
                subscribers.add(connection)
            }
        }
    }
}
