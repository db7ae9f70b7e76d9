// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// All workloads that the daemon knows.
///
/// Readers take an immutable snapshot and keep it for a batch of events; writers replace it. Any thread may call.
public final class WorkloadRegistry: Sendable {
    /// The workloads at one moment.
    public struct Snapshot: Sendable {
        private let workloads: [UInt64: Workload]
        /// Another for every change of one registry.
        public let version: UInt64

        init(_ workloads: [UInt64: Workload], version: UInt64 = 1) {
            self.workloads = workloads
            self.version = version
        }

        public subscript(key: UInt64) -> Workload? { workloads[key] }

        /// All of them, in the order of their keys.
        public var all: [Workload] { workloads.values.sorted { $0.key < $1.key } }

        func with(_ workload: Workload) -> Snapshot {
            var next = workloads
            next[workload.key] = workload
            return Snapshot(next, version: version + 1)
        }

        func without(_ key: UInt64) -> Snapshot {
            var next = workloads
            next[key] = nil
            return Snapshot(next, version: version + 1)
        }
    }

    private let state: Mutex<Snapshot>

    /// - Parameter host: the workload of ``Workload/hostKey``.
    public init(host: Workload) {
        precondition(host.key == Workload.hostKey, "the host has a key of its own")
        state = Mutex(Snapshot([host.key: host]))
    }

    public func snapshot() -> Snapshot { state.withLock { $0 } }

    /// Adds a workload, or replaces the one with the same key.
    public func upsert(_ workload: Workload) {
        state.withLock { $0 = $0.with(workload) }
    }

    public func remove(_ key: UInt64) {
        state.withLock { $0 = $0.without(key) }
    }
}
