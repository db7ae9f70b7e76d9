// SPDX-License-Identifier: Apache-2.0

/// One place on the road of events: what came in, what went on and what was lost there, by reason.
///
/// ``all(plugins:pipeline:feeders:)`` is the one place where all numbers come together: what a stage delivers is what
/// the next one takes, so that what was produced is what was delivered, what waits and the sum of what was dropped.
public struct EventStage: Sendable, Hashable {
    /// The stages, in the order of the road.
    public enum Kind: String, Sendable, CaseIterable {
        /// A plugin: from the kernel to the daemon.
        case plugin
        /// A plugin tells of throttling by itself: no event of the kernel.
        case notices
        /// The daemon reads the plugins' events.
        case decode
        /// Events become alerts and logs.
        case attribution
        /// Messages of the daemon itself join them.
        case messages
        /// A feeder's queue, of the records of those kinds that it takes.
        case queue
        /// A feeder's own account of what it got, its subscribers included.
        case feeder
    }

    /// A plugin's numbers, with the names of plugin.h: `seen`, `delivered`, `dropped.<reason>`.
    public typealias Numbers = [(name: String, value: UInt64)]

    public var kind: Kind
    /// The plugin's name; empty for what the daemon has only one of.
    public var name: String
    public var taken: UInt64
    public var delivered: UInt64
    public var waiting: UInt64
    public var dropped: [String: UInt64]

    public init(
        _ kind: Kind, _ name: String = "", taken: UInt64, delivered: UInt64, waiting: UInt64 = 0,
        dropped: [String: UInt64] = [:]
    ) {
        self.kind = kind
        self.name = name
        self.taken = taken
        self.delivered = delivered
        self.waiting = waiting
        self.dropped = dropped.filter { $0.value > 0 }
    }

    public var droppedInAll: UInt64 { dropped.values.reduce(0, &+) }

    /// What came in and is not accounted for: 0, but while events come, since numbers are read one after the other.
    public var unaccounted: Int64 {
        Int64(bitPattern: taken &- delivered &- waiting &- droppedInAll)
    }

    /// - Parameters:
    ///   - plugins: monitors, and the enforcer when it reports decisions
    ///   - feeders: with their own numbers, empty when they have none
    public static func all(
        plugins: [(name: String, numbers: Numbers)], pipeline: EventPipeline.Account,
        feeders: [(name: String, account: FeederAccount, numbers: Numbers)]
    ) -> [EventStage] {
        var stages = plugins.map { plugin($0.name, $0.numbers) }
        stages.append(EventStage(.notices, taken: pipeline.notices, delivered: pipeline.notices))
        stages.append(
            EventStage(
                .decode, taken: pipeline.events + pipeline.malformed, delivered: pipeline.events,
                dropped: ["malformed": pipeline.malformed]))
        stages.append(
            EventStage(
                .attribution, taken: pipeline.events, delivered: pipeline.records - pipeline.messages,
                dropped: ["unwanted": pipeline.unwanted, "unknown_workload": pipeline.unknownWorkload]))
        stages.append(EventStage(.messages, taken: pipeline.messages, delivered: pipeline.messages))
        for feeder in feeders {
            stages.append(queue(feeder.name, feeder.account))
            if !feeder.numbers.isEmpty { stages.append(self.feeder(feeder.name, feeder.account, feeder.numbers)) }
        }
        return stages
    }

    private static func reasons(_ numbers: Numbers) -> [String: UInt64] {
        let prefix = "dropped."
        return numbers.reduce(into: [:]) { all, number in
            guard number.name.hasPrefix(prefix) else { return }
            all[String(number.name.dropFirst(prefix.utf8.count)), default: 0] += number.value
        }
    }

    private static func value(_ name: String, _ numbers: Numbers) -> UInt64? {
        numbers.first { $0.name == name }?.value
    }

    /// What lies in the ring buffer waits; a plugin that does not say what it has seen has nothing there.
    private static func plugin(_ name: String, _ numbers: Numbers) -> EventStage {
        var dropped = reasons(numbers)
        if let throttled = value("throttled", numbers) { dropped["throttled"] = throttled }
        let delivered = value("delivered", numbers) ?? 0
        let known = delivered + dropped.values.reduce(0, &+)
        let seen = value("seen", numbers) ?? known
        return EventStage(
            .plugin, name, taken: max(seen, known), delivered: delivered, waiting: seen > known ? seen - known : 0,
            dropped: dropped)
    }

    /// A feeder counts what it refuses by reasons of its own.
    private static func queue(_ name: String, _ account: FeederAccount) -> EventStage {
        var dropped = account.dropped
        let refused = dropped.removeValue(forKey: .feederRefused) ?? 0
        return EventStage(
            .queue, name, taken: account.offered, delivered: account.delivered + refused, waiting: account.waiting,
            dropped: Dictionary(uniqueKeysWithValues: dropped.map { ($0.key.rawValue, $0.value) }))
    }

    private static func feeder(_ name: String, _ account: FeederAccount, _ numbers: Numbers) -> EventStage {
        let taken = account.delivered + (account.dropped[.feederRefused] ?? 0)
        let dropped = reasons(numbers)
        let delivered = value("delivered", numbers) ?? 0
        let known = delivered + dropped.values.reduce(0, &+)
        return EventStage(
            .feeder, name, taken: taken, delivered: delivered, waiting: taken > known ? taken - known : 0,
            dropped: dropped)
    }
}
