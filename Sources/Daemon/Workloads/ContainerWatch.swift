// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
import Synchronization
public import Workloads

/// Tells of containers that come and go, from the directories of the cgroup hierarchy, on a thread of its own.
public final class ContainerWatch: Sendable {
    /// What to do about them; called on the thread of the watch, of ``ContainerWatch/start()`` at first.
    public struct Handlers: Sendable {
        let appeared: @Sendable (ContainerCgroup) -> Void
        let disappeared: @Sendable (ContainerCgroup) -> Void
        /// A while after it disappeared: no event of it is under way any more.
        let expired: @Sendable (ContainerCgroup) -> Void

        public init(
            appeared: @escaping @Sendable (ContainerCgroup) -> Void,
            disappeared: @escaping @Sendable (ContainerCgroup) -> Void,
            expired: @escaping @Sendable (ContainerCgroup) -> Void
        ) {
            self.appeared = appeared
            self.disappeared = disappeared
            self.expired = expired
        }
    }

    /// The system refused to watch.
    public struct WatchError: Error, CustomStringConvertible {
        public let description: String
    }

    /// The hierarchy is looked through so often without having changed: inotify's queue may have overflowed.
    private static let idleMilliseconds: Int32 = 1000
    /// After which no event of a workload that is gone is under way.
    static let expiryNanoseconds: UInt64 = 10_000_000_000

    private let tree: CgroupTree
    private let handlers: Handlers
    private let inotify: Int32
    private let wake: Int32
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    public init(_ tree: CgroupTree, _ handlers: Handlers) throws(WatchError) {
        self.tree = tree
        self.handlers = handlers
        inotify = kubearmor_watch_open()
        wake = kubearmor_wake_open()
        guard inotify >= 0, wake >= 0 else {
            let number = min(inotify, wake)
            if inotify >= 0 { close(inotify) }
            if wake >= 0 { close(wake) }
            throw WatchError(
                description: "\(SystemText.errno(-number)): raise fs.inotify.max_user_instances")
        }
    }

    deinit {
        close(inotify)
        close(wake)
    }

    /// Tells of all containers that are there, then starts the thread; called once.
    public func start() throws {
        let present = look(for: [:])
        try DedicatedThread.start(name: "containers") { self.run(present) }
    }

    /// Ends the thread and waits for it. Called once, after ``start()``.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        _ = kubearmor_wake_signal(wake)
        finished.wait()
    }

    private func run(_ first: [UInt64: ContainerCgroup]) {
        var present = first
        var gone: [(container: ContainerCgroup, since: UInt64)] = []
        while !isStopping.load(ordering: .acquiring) {
            _ = kubearmor_wait_two(inotify, wake, Self.idleMilliseconds)
            _ = kubearmor_watch_drain(inotify)
            if isStopping.load(ordering: .acquiring) { break }
            let next = look(for: present)
            let now = kubearmor_boottime_ns()
            gone += present.filter { next[$0.key] != $0.value }.map { ($0.value, now) }
            while let oldest = gone.first, now &- oldest.since > Self.expiryNanoseconds {
                handlers.expired(oldest.container)
                gone.removeFirst()
            }
            present = next
        }
        finished.signal()
    }

    /// By cgroup id. Those that went are told of first: the id of one may be another's by now.
    private func look(for known: [UInt64: ContainerCgroup]) -> [UInt64: ContainerCgroup] {
        let found = tree.containers { path in
            // What cannot be watched is found by the next look.
            _ = kubearmor_watch_children(inotify, path)
        }
        let present = Dictionary(found.map { ($0.cgroup, $0) }) { first, _ in first }
        for (id, container) in known where present[id] != container { handlers.disappeared(container) }
        for (id, container) in present where known[id] != container { handlers.appeared(container) }
        return present
    }
}
