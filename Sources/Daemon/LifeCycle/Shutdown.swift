// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import Logging

/// The end of the daemon: its parts stop one after the other, and one that hangs keeps no other from it.
///
/// swift-service-lifecycle's groups would do for parts that are tasks; these are threads, and its library brings
/// swift-async-algorithms along: a fifth of the executable, resident on every node.
struct Shutdown {
    struct Part {
        let name: String
        /// Blocks until the part has stopped.
        let stop: @Sendable () -> Void
    }

    /// How long one part may take; then the next is stopped, while it goes on.
    static let seconds = 5

    let logger: Logger

    /// Stops the parts from the last to the first, each on a thread of its own. Blocks.
    func stop(_ parts: [Part]) {
        for part in parts.reversed() {
            let finished = DispatchSemaphore(value: 0)
            DedicatedThread.startOrRun(name: "stop-\(part.name)") {
                part.stop()
                finished.signal()
            }
            if finished.wait(timeout: .now() + .seconds(Self.seconds)) == .timedOut {
                logger.warning("\(part.name) did not stop within \(Self.seconds) seconds and is left")
            }
        }
    }
}
