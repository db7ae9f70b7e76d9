// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import Glibc
import Logging
import Plugins
import Synchronization

/// Keeps the file current from which other processes learn what the daemon does, on a thread of its own.
final class StatusWriter: Sendable {
    /// Changes show after so long.
    private static let pause = DispatchTimeInterval.milliseconds(1000)

    private let path: String
    private let logger: Logger
    private let status: @Sendable () -> NodeStatus
    private let isStopping = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    init(runDirectory: String, logger: Logger, status: @escaping @Sendable () -> NodeStatus) {
        path = "\(runDirectory)/\(NodeStatus.fileName)"
        self.logger = logger
        self.status = status
    }

    /// Writes the file, then starts the thread; called once.
    func start() throws {
        let first = write(after: nil)
        try DedicatedThread.start(name: "status") { self.run(first) }
    }

    /// Ends the thread and removes the file. Called once, after ``start()``.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
        finished.wait()
        // It may never have been written; then there is nothing to remove.
        unlink(path)
    }

    private func run(_ first: NodeStatus) {
        var last = first
        while !isStopping.load(ordering: .acquiring) {
            guard wake.wait(timeout: .now() + Self.pause) == .timedOut else { continue }
            last = write(after: last)
        }
        finished.signal()
    }

    private func write(after last: NodeStatus?) -> NodeStatus {
        let now = status()
        if now == last { return now }
        do {
            try StatusFile.write(now.members, to: path)
        } catch {
            if last == nil { logger.warning("`kubearmor probe` shows nothing: \(error)") }
        }
        return now
    }
}
