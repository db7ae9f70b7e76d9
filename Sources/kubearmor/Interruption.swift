// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Whether the user has asked for the end, by SIGINT or SIGTERM; a reader that went away ends a command likewise,
/// instead of SIGPIPE.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    static var isAsked: Bool { flag.load(ordering: .relaxed) }

    /// Called once, before anything is waited for.
    static func listen() {
        // The handler may run at any time: what it touches is there before.
        flag.store(false, ordering: .relaxed)
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        }
    }
}
