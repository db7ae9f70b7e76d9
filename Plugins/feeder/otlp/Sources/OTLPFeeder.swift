// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import JSON
internal import PluginKit

/// Sends logs and metrics to an OpenTelemetry collector, from a thread of its own.
final class OTLPFeeder: FeederImplementation {
    /// What may wait while the collector does not answer.
    private static let outboxBytes = 2 << 20

    /// How long one batch waits for room; half of what the contract gives an entry.
    private static let roomLimit = Duration.seconds(1)

    private let host: Host
    private let outbox = Outbox<[UInt8]>(capacityBytes: outboxBytes, reasons: ["rejected", "unsupported"])
    private let counters = RecordCounters()
    private let sender: CollectorSender
    private var encoder = LogEncoder()
    private var resource: [UInt8] = []

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        let capabilities = ["publish.alert", "publish.log", "publish.message"]
        do {
            let address = try CollectorAddress(host: host)
            return ProbeResult(usable: true, mode: String(address.name.prefix(60)), capabilities: capabilities)
        } catch {
            return ProbeResult(usable: false, reason: error.message, capabilities: capabilities)
        }
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        let start = kubearmor_realtime_ns()
        let counters = counters
        sender = try CollectorSender(
            CollectorAddress(host: host), metricsSeconds: Self.metricsSeconds(host), outbox: outbox, host: host
        ) { resource in
            MetricsEncoder(
                start: start, now: kubearmor_realtime_ns(), counts: counters.snapshot,
                node: host.description(of: "metrics").flatMap(JSONParser.parse)
            ).body(resource: resource)
        }
    }

    private static func metricsSeconds(_ host: Host) -> Int { Int(host.setting("otlpMetricsSeconds") ?? "") ?? 60 }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int {
        let now = kubearmor_realtime_ns()
        let deadline = ContinuousClock.now + Self.roomLimit
        var accepted = 0
        for record in records {
            guard let log = encoder.encode(record, observed: now) else {
                outbox.refuse(1, reason: "unsupported")
                continue
            }
            counters.count(record)
            if accepted == 0 { use(LogEncoder.resource(of: record)) }
            if outbox.offer(log, size: log.count, until: deadline, wake: sender.wake) { accepted += 1 }
        }
        sender.wake()
        return accepted
    }

    private func use(_ resource: [UInt8]) {
        guard resource != self.resource else { return }
        self.resource = resource
        sender.use(resource: resource)
    }

    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {
        guard !outbox.drain(milliseconds: deadlineMilliseconds) else { return }
        throw PluginFailure(code: ETIMEDOUT, message: "\(outbox.waiting) logs wait for the collector")
    }

    func reopen() throws(PluginFailure) {
        sender.use(try CollectorAddress(host: host), metricsSeconds: Self.metricsSeconds(host))
    }

    func statistics() -> [Statistic] { outbox.statistics + sender.statistics }

    func close() throws(PluginFailure) { sender.stop() }
}
