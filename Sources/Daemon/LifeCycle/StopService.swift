// SPDX-License-Identifier: Apache-2.0
import Events
import ServiceLifecycle

/// A part of the daemon that runs on threads of its own: started before, it waits to be stopped.
///
/// The service group stops services in the reverse of the order in which they were added.
struct StopService: Service {
    let name: String
    /// Blocks until the part has stopped.
    let stop: @Sendable () -> Void

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Cancelled instead of shut down: stop all the same.
        }
        await Blocking.run(name: "stop-\(name)", stop)
    }
}
