// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Glibc
internal import Synchronization
package import PluginKit

/// Runs asynchronous work for the thread that calls `run`, until it ends or is stopped.
package final class RuntimeSession: Sendable {
    private struct State {
        var isStopped = false
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Waits for the work. Throws what it threw, unless it was stopped.
    package func run(_ work: @escaping @Sendable () async throws -> Void) throws(PluginFailure) {
        let finished = DispatchSemaphore(value: 0)
        let failure = Mutex<PluginFailure?>(nil)
        // The bridge between the contract, whose `run` blocks, and a library of tasks.
        let task = Task.detached {
            do {
                try await work()
            } catch let error as PluginFailure {
                failure.withLock { $0 = error }
            } catch {
                failure.withLock { $0 = PluginFailure(code: EIO, message: "\(error)") }
            }
            finished.signal()
        }
        let isStopped = state.withLock { state in
            state.task = task
            return state.isStopped
        }
        if isStopped { task.cancel() }
        finished.wait()
        state.withLock { $0.task = nil }
        guard !state.withLock({ $0.isStopped }) else { return }
        throw failure.withLock { $0 } ?? PluginFailure(code: EPIPE, message: "the runtime ended the conversation")
    }

    /// Has ``run(_:)`` return, also one that begins later.
    package func stop() {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task
        }
        task?.cancel()
    }
}
