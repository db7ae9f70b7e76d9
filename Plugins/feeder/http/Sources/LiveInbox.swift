// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import Synchronization

/// What publishing has encoded for the server's thread, bounded.
final class LiveInbox: Sendable {
    private struct State {
        var events: [LiveEvent] = []
        var bytes = 0
        var lost: UInt64 = 0
    }

    private static let byteLimit = 2 << 20

    private let state = Mutex(State())
    /// What any subscriber wants; alerts and messages are also kept for those who come later.
    private let kinds = Atomic<Int>(0)

    func want(_ wanted: LiveEvent.Kinds) { kinds.store(wanted.rawValue, ordering: .relaxed) }

    func isWanted(_ kind: Record.Kind) -> Bool {
        kind != .log || LiveEvent.Kinds(rawValue: kinds.load(ordering: .relaxed)).contains(.logs)
    }

    func put(_ event: LiveEvent) {
        state.withLock { state in
            guard state.bytes + event.bytes.count <= Self.byteLimit else {
                state.lost += 1
                return
            }
            state.bytes += event.bytes.count
            state.events.append(event)
        }
    }

    /// All that has come since, and how many had no room.
    func take() -> (events: [LiveEvent], lost: UInt64) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.lost)
        }
    }
}
