// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Counts records by kind, and alerts by policy, bounded however many policies there are.
public final class RecordCounters: Sendable {
    /// Alerts that are counted together.
    public struct Series: Sendable, Hashable, Comparable {
        public let policy: String
        public let namespace: String
        public let action: String

        /// The alerts of one policy that had one outcome in one namespace.
        public init(policy: String, namespace: String, action: String) {
            (self.policy, self.namespace, self.action) = (policy, namespace, action)
        }

        /// By namespace, policy and action.
        public static func < (left: Series, right: Series) -> Bool {
            (left.namespace, left.policy, left.action) < (right.namespace, right.policy, right.action)
        }
    }

    /// What was counted so far.
    public struct Counts: Sendable {
        public fileprivate(set) var alerts: UInt64 = 0
        public fileprivate(set) var logs: UInt64 = 0
        public fileprivate(set) var messages: UInt64 = 0
        public fileprivate(set) var series: [Series: UInt64] = [:]
    }

    /// More series than this are counted as one, which has empty names.
    private static let seriesLimit = 1000
    private let counts = Mutex(Counts())

    /// Nothing is counted yet.
    public init() {}

    /// Counts a record; one of an unknown kind is not counted.
    public func count(_ record: Record) {
        switch record.kind {
        case .alert:
            let series = Series(
                policy: record.policyName.string, namespace: record.namespaceName.string,
                action: record.action.string)
            counts.withLock { counts in
                counts.alerts += 1
                if let index = counts.series.index(forKey: series) {
                    counts.series.values[index] += 1
                } else if counts.series.count < Self.seriesLimit {
                    counts.series[series] = 1
                } else {
                    counts.series[Series(policy: "", namespace: "", action: ""), default: 0] += 1
                }
            }
        case .log: counts.withLock { $0.logs += 1 }
        case .message: counts.withLock { $0.messages += 1 }
        case nil: break
        }
    }

    /// A copy.
    public var snapshot: Counts { counts.withLock { $0 } }
}
