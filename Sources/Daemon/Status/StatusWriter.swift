// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import Glibc
import JSON
import Logging
import Plugins
import Synchronization

/// Keeps a file current from which other processes learn what the daemon does, on a thread of its own.
final class StatusWriter<Status: Hashable & Sendable>: Sendable {
    private let path: String
    private let pause: Int
    private let logger: Logger
    private let look: @Sendable () -> Status
    private let members: @Sendable (Status) -> [(key: String, value: JSONValue)]
    private let isStopping = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - pauseMilliseconds: changes show after so long
    ///   - members: what is written of a status; asked when it has changed
    init(
        path: String, pauseMilliseconds: Int, logger: Logger, look: @escaping @Sendable () -> Status,
        members: @escaping @Sendable (Status) -> [(key: String, value: JSONValue)]
    ) {
        self.path = path
        pause = pauseMilliseconds
        self.logger = logger
        self.look = look
        self.members = members
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

    private func run(_ first: Status) {
        var last = first
        while !isStopping.load(ordering: .acquiring) {
            guard wake.wait(timeout: .now() + .milliseconds(pause)) == .timedOut else { continue }
            last = write(after: last)
        }
        finished.signal()
    }

    private func write(after last: Status?) -> Status {
        let now = look()
        if now == last { return now }
        do {
            try StatusFile.write(members(now), to: path)
        } catch {
            if last == nil { logger.warning("commands that ask the daemon are told nothing: \(error)") }
        }
        return now
    }
}
