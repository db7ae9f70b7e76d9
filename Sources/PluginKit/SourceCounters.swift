// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// What a source that asks a runtime has done since it was opened.
public final class SourceCounters: Sendable {
    /// Of the runtime's that it was told.
    public let events = Atomic<UInt64>(0)
    /// About one container.
    public let questions = Atomic<UInt64>(0)
    /// Questions about everything.
    public let resyncs = Atomic<UInt64>(0)
    /// That it tells of at present.
    public let containers = Atomic<UInt64>(0)

    public init() {}

    public var statistics: [Statistic] {
        [
            Statistic(name: "events", value: events.load(ordering: .relaxed)),
            Statistic(name: "questions", value: questions.load(ordering: .relaxed)),
            Statistic(name: "resyncs", value: resyncs.load(ordering: .relaxed)),
            Statistic(name: "containers", value: containers.load(ordering: .relaxed)),
        ]
    }
}
