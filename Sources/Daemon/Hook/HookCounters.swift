// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How often runtimes' hooks have asked since the start.
final class HookCounters: Sendable {
    let held = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    /// They had given up before they were answered.
    let late = Atomic<UInt64>(0)
}
