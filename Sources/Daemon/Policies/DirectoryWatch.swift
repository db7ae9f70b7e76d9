// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
import Synchronization
import Workloads

/// Calls back when what a directory holds has changed, on a thread of its own.
///
/// Follows the path, not the directory: when it is moved away, removed or put there later, the one that is there then
/// is watched.
public final class DirectoryWatch: Sendable {
    /// The system refused to watch.
    public struct WatchError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Changes are collected for as long as they follow each other this closely, so that a file which is being
    /// written is not read half.
    private static let quietMilliseconds: Int32 = 10
    private static let collectMilliseconds: UInt64 = 40
    /// How often a directory that is missing is looked for.
    private static let searchMilliseconds: Int32 = 50

    private let path: String
    private let onChange: @Sendable () -> Void
    private let inotify: Int32
    private let wake: Int32
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    public init(path: String, onChange: @escaping @Sendable () -> Void) throws(WatchError) {
        self.path = path
        self.onChange = onChange
        inotify = kubearmor_watch_open()
        guard inotify >= 0 else { throw Self.refused(-inotify) }
        wake = kubearmor_wake_open()
        guard wake >= 0 else {
            close(inotify)
            throw Self.refused(-wake)
        }
    }

    deinit {
        close(inotify)
        close(wake)
    }

    private static func refused(_ number: Int32) -> WatchError {
        WatchError(
            description: "cannot watch directories: \(SystemText.errno(number)): raise fs.inotify.max_user_instances")
    }

    /// Starts the thread, with the watch in place when it returns; called once.
    public func start() throws {
        let watch = kubearmor_watch_directory(inotify, path)
        try DedicatedThread.start(name: "policies") { self.run(first: watch) }
    }

    /// Ends the thread and waits for it; no call back comes afterwards. Called once, after ``start()``.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        _ = kubearmor_wake_signal(wake)
        finished.wait()
    }

    private func run(first: Int32) {
        var watch = first
        while !isStopping.load(ordering: .acquiring) {
            if watch < 0 {
                _ = kubearmor_wait_two(wake, wake, Self.searchMilliseconds)
                watch = kubearmor_watch_directory(inotify, path)
                if watch >= 0 { onChange() }
                continue
            }
            guard kubearmor_wait_two(inotify, wake, -1) & 1 != 0 else { continue }
            if collect() & KUBEARMOR_WATCH_GONE != 0 {
                _ = kubearmor_watch_remove(inotify, watch)
                watch = kubearmor_watch_directory(inotify, path)
            }
            if !isStopping.load(ordering: .acquiring) { onChange() }
        }
        finished.signal()
    }

    /// Reads events until none came for a while.
    private func collect() -> Int32 {
        let start = kubearmor_boottime_ns()
        var bits: Int32 = 0
        repeat {
            bits |= max(0, kubearmor_watch_drain(inotify))
        } while kubearmor_wait_two(inotify, wake, Self.quietMilliseconds) == 1
            && kubearmor_boottime_ns() &- start < Self.collectMilliseconds * 1_000_000
        return bits
    }
}
