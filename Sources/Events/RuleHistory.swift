// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The last rule sets of every workload.
///
/// An event that was decided before a policy change arrives after it; its generation finds the rule set that its rule
/// id belongs to. Any thread may call; a reader takes a snapshot for a batch of events.
public final class RuleHistory: Sendable {
    /// The rule sets at one moment.
    public struct Snapshot: Sendable {
        fileprivate var sets: [UInt64: [ActiveRules]] = [:] {
            didSet { version += 1 }
        }
        /// Another for every change.
        private(set) var version: UInt64 = 1

        /// The newest rule set of a workload: what observations are judged by.
        public func newest(of workload: UInt64) -> ActiveRules? { sets[workload]?.last }

        /// The rule set that an event of `generation` was decided by.
        ///
        /// An enforcer may have kept no more than the low 24 bits of it; among the few sets remembered they tell the
        /// generations apart as well.
        public func rules(of workload: UInt64, generation: UInt64) -> ActiveRules? {
            guard let sets = sets[workload] else { return nil }
            return sets.last { $0.generation == generation }
                ?? sets.last { generation < 1 << 24 && $0.generation & 0xff_ffff == generation }
        }
    }

    private let depth: Int
    private let state = Mutex(Snapshot())

    /// - Parameter depth: how many rule sets of a workload are kept, the newest included
    public init(depth: Int = 8) { self.depth = max(1, depth) }

    public func snapshot() -> Snapshot { state.withLock { $0 } }

    /// Adds what is about to be in force. Called before the enforcer is told, so that no event is ahead of it.
    public func append(_ rules: ActiveRules, workload: UInt64) {
        state.withLock { snapshot in
            var sets = snapshot.sets[workload] ?? []
            sets.append(rules)
            if sets.count > depth { sets.removeFirst(sets.count - depth) }
            snapshot.sets[workload] = sets
        }
    }

    /// Takes back what the enforcer has refused: the set before it is the newest again.
    public func withdraw(generation: UInt64, workload: UInt64) {
        state.withLock { $0.sets[workload]?.removeAll { $0.generation == generation } }
    }

    public func remove(workload: UInt64) {
        state.withLock { $0.sets[workload] = nil }
    }
}
