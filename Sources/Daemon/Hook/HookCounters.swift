// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How often runtimes have asked since the start, by hooks and by sources.
final class HookCounters: Sendable {
    let held = Atomic<UInt64>(0)
    /// Of those.
    let heldBySources = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    /// They had given up before they were answered.
    let late = Atomic<UInt64>(0)
}
