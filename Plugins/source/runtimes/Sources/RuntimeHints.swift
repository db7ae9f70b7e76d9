// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What a runtime's events are about and nobody has asked for yet.
///
/// An event is a hint and no more: what is true is asked for when its turn has come. So events that come late, twice or
/// in another order do no harm, and a crowd of them about one container is one question.
package final class RuntimeHints<Subject: Hashable & Sendable>: Sendable {
    /// What to ask for.
    package enum Question: Sendable {
        case about([Subject])
        /// Everything: there were too many, or it is time.
        case all
    }

    private struct State {
        var subjects: [Subject] = []
        var isAll = false
    }

    /// More subjects than that are as quickly asked for all together.
    private static var limit: Int { 1024 }

    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    package init() {
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func add(_ subject: Subject) {
        state.withLock { state in
            if state.subjects.count >= Self.limit { state.isAll = true }
            if !state.isAll, !state.subjects.contains(subject) { state.subjects.append(subject) }
        }
        wake.yield()
    }

    package func addAll() {
        state.withLock { $0.isAll = true }
        wake.yield()
    }

    /// Asks until the task is cancelled.
    package func answer(_ ask: (Question) async throws -> Void) async throws {
        for await _ in wakes {
            let question: Question = state.withLock { state in
                defer { state = State() }
                return state.isAll ? .all : .about(state.subjects)
            }
            try await ask(question)
        }
        try Task.checkCancellation()
    }

    /// Has everything asked for: soon, since events may have been missed before the runtime knew that they were wanted,
    /// and then every so often, which also finds a runtime that hangs.
    package func keepAsking(firstAfter first: Duration, every interval: Duration) async throws {
        try await Task.sleep(for: first)
        while true {
            addAll()
            try await Task.sleep(for: interval)
        }
    }
}
