// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import JSON
internal import PluginKit
internal import Synchronization

/// The thread that sends batches of logs, again while the collector is busy, and metrics now and then.
final class CollectorSender: Sendable {
    private struct State {
        var address: CollectorAddress
        /// 0 for never.
        var metricsSeconds: Int
        var resource: [UInt8] = Array(#"{"attributes":[]}"#.utf8)
        /// Another one after each change of the address.
        var generation = 0
        var batches: UInt64 = 0
        var attempts: UInt64 = 0
        var failedMetrics: UInt64 = 0
    }

    private static let batchCount = 512
    private static let batchBytes = 1 << 19
    /// How long a batch waits to become full.
    private static let lingerMilliseconds: Int32 = 200
    /// A collector that says more is asked again after this.
    private static let longestWaitSeconds: Int32 = 300

    private let host: Host
    private let outbox: Outbox<[UInt8]>
    private let worker: Worker
    private let state: Mutex<State>
    private let metrics: @Sendable (_ resource: [UInt8]) -> [UInt8]

    /// - Parameter metrics: the body of a request with the present metrics; called on the sender's thread
    init(
        _ address: CollectorAddress, metricsSeconds: Int, outbox: Outbox<[UInt8]>, host: Host,
        metrics: @escaping @Sendable (_ resource: [UInt8]) -> [UInt8]
    ) throws(PluginFailure) {
        self.host = host
        self.outbox = outbox
        self.metrics = metrics
        worker = try Worker()
        state = Mutex(State(address: address, metricsSeconds: metricsSeconds))
        try worker.start(name: "otlp-send") { [self] in run() }
    }

    func wake() { worker.wake() }

    func stop() {
        worker.stop()
        outbox.abandon()
    }

    func use(_ address: CollectorAddress, metricsSeconds: Int) {
        state.withLock { state in
            state.metricsSeconds = metricsSeconds
            if state.address != address {
                state.address = address
                state.generation += 1
            }
        }
        worker.wake()
    }

    /// What the records from now on are of.
    func use(resource: [UInt8]) { state.withLock { $0.resource = resource } }

    var statistics: [Statistic] {
        state.withLock { state in
            [
                Statistic(name: "batches", value: state.batches), Statistic(name: "attempts", value: state.attempts),
                Statistic(name: "failed_metrics", value: state.failedMetrics),
            ]
        }
    }

    /// What belongs to the thread.
    private struct Work {
        var link: CollectorLink?
        var generation = -1
        var backOff = BackOff()
        var trouble: String?
        var batch: [[UInt8]] = []
        var lastMetrics = ContinuousClock.now
    }

    private func run() {
        var work = Work()
        while !worker.isStopping {
            sendMetricsIfDue(&work)
            if work.batch.isEmpty {
                guard outbox.waiting > 0 else {
                    _ = worker.wait(milliseconds: millisecondsToMetrics(work))
                    continue
                }
                worker.pause(milliseconds: Self.lingerMilliseconds) {
                    // What waits for room does not come before something is sent.
                    self.outbox.waiting >= Self.batchCount || self.outbox.isFull
                }
                work.batch = outbox.take(count: Self.batchCount, bytes: Self.batchBytes)
                continue
            }
            let wait = sendLogs(&work)
            guard wait > 0, !worker.isStopping else { continue }
            worker.pause(milliseconds: wait) { self.state.withLock { $0.generation } != work.generation }
        }
        outbox.settle(dropped: work.batch.count, reason: "stopped")
    }

    // MARK: Logs

    /// Sends the batch; gives the milliseconds to wait before the next attempt, 0 when it is settled.
    private func sendLogs(_ work: inout Work) -> Int32 {
        var body: [UInt8] = []
        body.reserveCapacity(work.batch.reduce(4096) { $0 + $1.count + 1 })
        body.append("{\"resourceLogs\":[{\"resource\":")
        body += state.withLock { $0.resource }
        body.append(",\"scopeLogs\":[{\"scope\":{\"name\":\"kubearmor\"},\"logRecords\":[")
        for (index, record) in work.batch.enumerated() {
            if index > 0 { body.append(",") }
            body += record
        }
        body.append("]}]}]}")
        do throws(PluginFailure) {
            let answer = try post(body, to: "/v1/logs", &work)
            switch answer.status {
            case 200...299:
                settle(answer.body, &work)
                outbox.flows(true)
                note(nil, &work)
                return 0
            case 429, 502, 503, 504:
                outbox.flows(false)
                let usual = work.backOff.advance()
                note("it is busy (status \(answer.status)): logs wait, and are dropped when there is no room", &work)
                guard let seconds = answer.retryAfter, seconds >= 0 else { return usual }
                return max(1, min(seconds, Self.longestWaitSeconds)) * 1000
            default:
                outbox.settle(dropped: work.batch.count, reason: "rejected")
                work.batch = []
                note("it refuses logs (status \(answer.status)), which are dropped", &work)
                return 0
            }
        } catch {
            outbox.flows(false)
            if worker.isStopping { return 0 }
            note("\(error.message): logs wait, and are dropped when there is no room", &work)
            return work.backOff.advance()
        }
    }

    /// The collector has taken the batch, or all but so many.
    private func settle(_ body: [UInt8], _ work: inout Work) {
        let partial = JSONParser.parse(String(decoding: body, as: UTF8.self))?["partialSuccess"]
        let rejected = partial?["rejectedLogRecords"]
        let count = rejected?.integer ?? Int64(rejected?.string ?? "") ?? 0
        let lost = min(work.batch.count, Int(clamping: max(0, count)))
        outbox.settle(delivered: work.batch.count - lost, dropped: lost, reason: "rejected")
        if lost > 0 {
            host.log(.warning, "the collector has rejected \(lost) logs: \(partial?["errorMessage"]?.string ?? "")")
        }
        work.batch = []
        work.backOff.reset()
        state.withLock { $0.batches += 1 }
    }

    private func post(
        _ body: [UInt8], to path: String, _ work: inout Work
    ) throws(PluginFailure) -> CollectorLink.Answer {
        let (address, generation) = state.withLock { state in
            state.attempts += 1
            return (state.address, state.generation)
        }
        if generation != work.generation {
            (work.link, work.generation) = (nil, generation)
            work.backOff.reset()
        }
        // A connection that was kept may have been closed meanwhile: then a new one is tried at once.
        if let kept = work.link, kept.isReusable {
            do throws(PluginFailure) {
                return try kept.post(body, to: path, of: address)
            } catch {
                work.link = nil
                guard error.code == EPIPE || error.code == ECONNRESET else { throw error }
            }
        }
        let link = try CollectorLink(address, worker: worker)
        work.link = link
        return try link.post(body, to: path, of: address)
    }

    /// Each change is logged once.
    private func note(_ failure: String?, _ work: inout Work) {
        guard failure != work.trouble else { return }
        let name = state.withLock { $0.address.name }
        if let failure {
            host.log(.warning, "collector \(name): \(failure)")
        } else {
            host.log(.info, "collector \(name): takes logs again")
        }
        work.trouble = failure
    }

    // MARK: Metrics

    private func millisecondsToMetrics(_ work: Work) -> Int32 {
        let seconds = state.withLock { $0.metricsSeconds }
        guard seconds > 0 else { return -1 }
        let rest = Int((work.lastMetrics + .seconds(seconds) - ContinuousClock.now) / .milliseconds(1))
        return Int32(clamping: max(1, rest))
    }

    /// Metrics that do not arrive are not sent again: the next ones say as much.
    private func sendMetricsIfDue(_ work: inout Work) {
        let (seconds, resource) = state.withLock { ($0.metricsSeconds, $0.resource) }
        guard seconds > 0, ContinuousClock.now - work.lastMetrics >= .seconds(seconds) else { return }
        work.lastMetrics = .now
        let isTaken: Bool
        do throws(PluginFailure) {
            isTaken = (200...299).contains(try post(metrics(resource), to: "/v1/metrics", &work).status)
        } catch {
            work.link = nil
            isTaken = false
        }
        if !isTaken { state.withLock { $0.failedMetrics += 1 } }
    }
}
