// SPDX-License-Identifier: Apache-2.0
internal import CLinux
public import Glibc
internal import Synchronization

/// A thread of a plugin's own that waits for descriptors, and that others wake and stop.
public final class Worker: Sendable {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        let worker: Worker

        init(name: String, worker: Worker, run: @escaping @Sendable () -> Void) {
            (self.name, self.worker, self.run) = (name, worker, run)
        }
    }

    private let wakeDescriptor: Int32
    private let endDescriptor: Int32
    private let stopping = Atomic<Bool>(false)
    private let isRunning = Atomic<Bool>(false)

    /// Without a thread yet.
    public init() throws(PluginFailure) {
        wakeDescriptor = kubearmor_wake_open()
        endDescriptor = kubearmor_wake_open()
        guard wakeDescriptor >= 0, endDescriptor >= 0 else {
            let number = -min(wakeDescriptor, endDescriptor)
            if wakeDescriptor >= 0 { Glibc.close(wakeDescriptor) }
            if endDescriptor >= 0 { Glibc.close(endDescriptor) }
            throw PluginFailure(
                code: number, message: "eventfd: \(String(cString: strerror(number))): raise the limit of open files")
        }
    }

    deinit {
        Glibc.close(wakeDescriptor)
        Glibc.close(endDescriptor)
    }

    /// Runs `body` on a new thread with all signals blocked; called once. The body returns soon after `stop`.
    ///
    /// - Parameter name: shown by tools, its first 15 bytes
    public func start(name: String, _ body: @escaping @Sendable () -> Void) throws(PluginFailure) {
        let context = Unmanaged.passRetained(Body(name: name, worker: self, run: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Detached: one that a resolver holds up for longer than `stop` waits ends by itself.
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        isRunning.store(true, ordering: .releasing)
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                kubearmor_name_thread(body.name)
                body.run()
                body.worker.isRunning.store(false, ordering: .releasing)
                _ = kubearmor_wake_signal(body.worker.endDescriptor)
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            isRunning.store(false, ordering: .releasing)
            throw PluginFailure(
                code: status,
                message: "cannot start the thread \(name): raise the limit of tasks (TasksMax, ulimit -u)")
        }
    }

    /// Whether the body is to return.
    public var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Ends a `wait` that is under way, or the next one. Any thread.
    public func wake() { _ = kubearmor_wake_signal(wakeDescriptor) }

    /// Waits until the descriptor is ready, someone wakes it, or the time is over. For the body.
    ///
    /// - Parameters:
    ///   - descriptor: -1 for none
    ///   - events: POLLIN and so on
    ///   - milliseconds: -1 for ever
    /// - Returns: whether the descriptor is ready
    public func wait(for descriptor: Int32 = -1, events: Int32 = 0, milliseconds: Int32) -> Bool {
        var entries = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        return wait(for: &entries, milliseconds: milliseconds) && entries[0].revents != 0
    }

    /// The same for many descriptors, whose `revents` are set; false when none of them is ready.
    public func wait(for entries: inout [pollfd], milliseconds: Int32) -> Bool {
        entries.append(pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0))
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        let woken = entries.removeLast()
        if woken.revents != 0 { _ = kubearmor_wake_clear(wakeDescriptor) }
        guard count > 0 else {
            for index in entries.indices { entries[index].revents = 0 }
            return false
        }
        return entries.contains { $0.revents != 0 }
    }

    /// The same, whoever wakes it: until the deadline, or until `stop`.
    ///
    /// - Returns: 0 when the descriptor is ready, else ETIMEDOUT or ECANCELED
    public func wait(for descriptor: Int32, events: Int32, until deadline: ContinuousClock.Instant) -> Int32 {
        while !isStopping {
            let rest = Self.milliseconds(until: deadline)
            guard rest > 0 else { return ETIMEDOUT }
            if wait(for: descriptor, events: events, milliseconds: rest) { return 0 }
        }
        return ECANCELED
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        Int32(clamping: Int((deadline - ContinuousClock.now) / .milliseconds(1)))
    }

    /// Waits for so long, whoever wakes it; until `stop`, or until the condition holds when it is woken. For the body.
    public func pause(milliseconds: Int32, unless condition: () -> Bool = { false }) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while !isStopping, !condition() {
            let rest = Self.milliseconds(until: end)
            guard rest > 0 else { return }
            _ = wait(milliseconds: rest)
        }
    }

    /// Has the body return, and waits for that, for at most 1.5 s. Called by another thread.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        wake()
        let end = ContinuousClock.now + .milliseconds(1500)
        while isRunning.load(ordering: .acquiring) {
            let rest = Self.milliseconds(until: end)
            guard rest > 0 else { return }
            _ = kubearmor_wait_two(endDescriptor, endDescriptor, rest)
        }
    }
}
