// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import UnixSignals

/// Reloads when SIGHUP comes, and says so when it can: the group has its own signals by the time it runs services.
struct ReloadService: Service {
    /// Called once every signal is heard.
    let ready: @Sendable () -> Void
    /// Blocks until everything is reloaded.
    let reload: @Sendable () -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        ready()
        for await _ in signals.cancelOnGracefulShutdown() {
            await Blocking.run(name: "reload", reload)
        }
    }
}
