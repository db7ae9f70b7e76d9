// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Counts the calls under way; once closed, no other begins, and close returns when the last has ended.
final class CallGate: @unchecked Sendable {
    // Unchecked: the two pthread objects are made for use by several threads, and `state` is only touched with `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var callsUnderWay = 0
    private var hasClosed = false

    init() {
        mutex.initialize(to: pthread_mutex_t())
        ended.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(ended, nil)
    }

    deinit {
        pthread_cond_destroy(ended)
        pthread_mutex_destroy(mutex)
        ended.deallocate()
        mutex.deallocate()
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    var isClosed: Bool {
        withLock { hasClosed }
    }

    /// False when the gate is closed; otherwise `leave` must follow.
    func enter() -> Bool {
        withLock {
            if !hasClosed { callsUnderWay += 1 }
            return !hasClosed
        }
    }

    func leave() {
        withLock {
            callsUnderWay -= 1
            if callsUnderWay == 0 { pthread_cond_broadcast(ended) }
        }
    }

    /// Closes the gate and waits for the calls under way. False when it was closed before.
    func close() -> Bool {
        withLock {
            guard !hasClosed else { return false }
            hasClosed = true
            while callsUnderWay > 0 { pthread_cond_wait(ended, mutex) }
            return true
        }
    }
}
