// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import Glibc
public import Logging
import Synchronization

/// The thread that waits for the events of one plugin.
public final class PollLoop: Sendable {
    /// How long one call waits: also how long ``stop()`` may take.
    private static let timeoutMilliseconds: Int32 = 100
    /// How long a plugin that fails is left alone, so that it cannot keep a processor busy with failing.
    private static let pauseMilliseconds: Int32 = 1000

    private let name: String
    private let logger: Logger
    private let poll: @Sendable (Int32) throws -> Int
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    private let paused = DispatchSemaphore(value: 0)

    /// - Parameter poll: waits for at most so many milliseconds
    public init(name: String, logger: Logger, poll: @escaping @Sendable (Int32) throws -> Int) {
        self.name = name
        self.logger = logger
        self.poll = poll
    }

    /// Starts the thread; called once.
    public func start() throws {
        try DedicatedThread.start(name: "poll-\(name)") { self.run() }
    }

    /// Ends the thread and waits for it. Called once, after ``start()``.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        paused.signal()
        finished.wait()
    }

    private func run() {
        var lastError = ""
        while !isStopping.load(ordering: .acquiring) {
            do {
                _ = try poll(Self.timeoutMilliseconds)
                lastError = ""
            } catch {
                let text = "\(error)"
                if text != lastError {
                    logger.error("plugin \(name) fails to report events, trying again every second: \(text)")
                }
                lastError = text
                _ = paused.wait(timeout: .now() + .milliseconds(Int(Self.pauseMilliseconds)))
            }
        }
        finished.signal()
    }
}
