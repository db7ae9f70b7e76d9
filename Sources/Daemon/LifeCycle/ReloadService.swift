// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import UnixSignals

/// Reloads when SIGHUP comes.
struct ReloadService: Service {
    /// Blocks until everything is reloaded.
    let reload: @Sendable () -> Void

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await Blocking.run(name: "reload", reload)
        }
    }
}
