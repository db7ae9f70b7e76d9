// SPDX-License-Identifier: Apache-2.0
import Events
import Logging
import Plugins
import Workloads

/// The second half of the road: the pipeline, the queues and the feeders behind them.
final class EventChain: Sendable {
    /// How long stopping waits for a feeder to take what is queued.
    private static let stopMilliseconds: Int32 = 2500

    let pipeline: EventPipeline
    let workloads: WorkloadRegistry
    let history = RuleHistory()
    private let node: NodeIdentity
    let version: String
    private let feeders: [FeederAdapter]
    private let queues: [FeederQueue]
    private let logger: Logger

    /// Starts a queue and its thread for every feeder.
    init(_ plugins: [FeederPlugin], configuration: Configuration, version: String, logger: Logger) throws {
        self.version = version
        self.logger = logger
        node = NodeIdentity.read(
            clusterName: configuration.cluster, hostName: configuration.host,
            machineIDPath: configuration.machineIDPath)
        workloads = WorkloadRegistry(host: .host(name: node.hostName, labels: configuration.hostLabels))
        pipeline = EventPipeline(
            settings: Self.settings(configuration, node: node, version: version), workloads: workloads,
            history: history)
        feeders = plugins.map(FeederAdapter.init)
        queues = feeders.map { feeder in
            FeederQueue(sink: feeder, capacity: configuration.queueLength, byteCapacity: configuration.queueBytes) {
                error in
                logger.error("feeder \(feeder.name) loses records: \(error)")
            }
        }
        for queue in queues {
            try queue.start()
            pipeline.add(queue)
        }
    }

    /// What became of all events; see ``EventStage``.
    ///
    /// - Parameter plugins: the numbers of those that events come from
    func stages(_ plugins: [(name: String, numbers: EventStage.Numbers)]) -> [EventStage] {
        EventStage.all(
            plugins: plugins, pipeline: pipeline.account(),
            feeders: zip(feeders, queues).map { ($0.name, $1.account(), $0.statistics()) })
    }

    /// What feeders count themselves.
    func feederStatistics() -> [(name: String, numbers: EventStage.Numbers)] {
        feeders.map { ($0.name, $0.statistics()) }
    }

    var feederNames: [String] { feeders.map(\.name) }
    var hostName: String { node.hostName }

    /// Takes over what of a new configuration concerns events; sinks are opened anew.
    func update(_ configuration: Configuration) {
        let node = NodeIdentity(clusterName: configuration.cluster, hostName: node.hostName, nodeID: node.nodeID)
        pipeline.update(Self.settings(configuration, node: node, version: version))
        for feeder in feeders {
            do {
                try feeder.reopen()
            } catch {
                logger.error("feeder \(feeder.name) cannot open its output anew, it keeps the old one: \(error)")
            }
        }
    }

    /// Hands over what waits and closes the feeders; says what was lost.
    func stop() {
        for queue in queues where !queue.close(deadlineMilliseconds: Self.stopMilliseconds) {
            logger.error("feeder \(queue.name) did not take all records in time")
        }
        for feeder in feeders {
            do {
                try feeder.close()
            } catch {
                logger.error("feeder \(feeder.name) cannot close: \(error)")
            }
        }
        let total = pipeline.account()
        logger.info("\(total.events) events, \(total.records) records made")
        for (name, account) in pipeline.feeders() where !account.dropped.isEmpty {
            let reasons = account.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
            logger.warning("feeder \(name): \(account.delivered) of \(account.offered) delivered, dropped: \(reasons)")
        }
    }

    private static func settings(_ configuration: Configuration, node: NodeIdentity, version: String) -> EventSettings {
        EventSettings(
            node: node, kubearmorVersion: version, hostVisibility: configuration.hostVisibility,
            containerVisibility: configuration.containerVisibility,
            dropsProcessArguments: configuration.dropsProcessArguments, postureAlerts: configuration.logsPosture,
            procfs: configuration.procfs)
    }
}
