// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
import Logging
import PluginABI
import Plugins
import Synchronization
import Workloads

/// What plugins may ask the daemon for.
///
/// Made before the pipeline, since plugins are looked at first; events that come before ``connect(_:)`` are dropped and
/// counted, and none does, because no enforcer or monitor is opened before.
final class PluginBridge: PluginServices {
    private struct State {
        var pipeline: EventPipeline?
        var configuration: Configuration
        var metrics: [String: Int64] = [:]
        var reports: SourceReports?
        var policies: PolicyController?
        var describe: (@Sendable (String) -> String?)?
        var recorder: EventRecorder?
    }

    private let logger: Logger
    private let state: Mutex<State>

    init(configuration: Configuration, logger: Logger) {
        self.logger = logger
        state = Mutex(State(configuration: configuration))
    }

    func connect(_ pipeline: EventPipeline) { state.withLock { $0.pipeline = pipeline } }

    /// Who hears what sources say; before that nobody does.
    func connect(_ reports: SourceReports) { state.withLock { $0.reports = reports } }

    /// Who answers clients of feeders; before that they are told to come again.
    func connect(_ policies: PolicyController, describe: @escaping @Sendable (String) -> String?) {
        state.withLock { state in
            state.policies = policies
            state.describe = describe
        }
    }

    /// Who is shown every event before anything is made of it.
    func connect(_ recorder: EventRecorder) { state.withLock { $0.recorder = recorder } }

    func update(_ configuration: Configuration) { state.withLock { $0.configuration = configuration } }

    /// The metrics that plugins have set, as `plugin_name`.
    func metrics() -> [String: Int64] { state.withLock { $0.metrics } }

    func log(plugin: String, level: UInt32, text: String) {
        let severity: Logger.Level =
            switch level {
            case KUBEARMOR_LOG_DEBUG: .debug
            case KUBEARMOR_LOG_INFO: .info
            case KUBEARMOR_LOG_WARNING: .warning
            default: .error
            }
        logger.log(level: severity, "\(plugin): \(text)")
    }

    func emit(plugin: String, events: UnsafePointer<kubearmor_event>, count: Int) {
        let (pipeline, recorder) = state.withLock { ($0.pipeline, $0.recorder) }
        recorder?.take(events, count: count, from: plugin)
        pipeline?.accept(events, count: count, from: plugin)
    }

    func metric(plugin: String, name: String, value: Int64) {
        state.withLock { $0.metrics["\(plugin)_\(name)"] = value }
    }

    func setting(plugin: String, key: String) -> String? {
        state.withLock { $0.configuration.values[key] }
    }

    // MARK: Sources

    func upsert(source: String, workload: ReportedWorkload) -> Int32 {
        var report = ContainerReport(id: workload.id)
        (report.name, report.namespace, report.pod) = (workload.name, workload.namespace, workload.pod)
        (report.image, report.runtime, report.root) = (workload.image, workload.runtime, workload.root)
        (report.cgroup, report.initPID, report.labels) = (workload.cgroup, workload.initPID, workload.labels)
        report.state = ContainerReport.State(rawValue: workload.state) ?? .running
        guard workload.isWaiting else { return post(source, .told(report)) }
        return state.withLock({ $0.reports })?.hold(report, by: source) == true ? 0 : -EAGAIN
    }

    func remove(source: String, workload id: String) -> Int32 { post(source, .removed(id: id)) }

    func synced(source: String) { _ = post(source, .synced) }

    // MARK: Clients of feeders

    func applyPolicy(feeder: String, json: String, peerUID: Int64) -> (result: Int32, reason: String) {
        let (policies, configuration) = state.withLock { ($0.policies, $0.configuration) }
        guard configuration.takesPolicies(fromUID: peerUID < 0 ? nil : UInt32(clamping: peerUID)) else {
            return (
                -EACCES,
                "policies are taken from root on the Unix socket and from clients with a certificate: see gRPCPolicies"
            )
        }
        guard let policies else { return (-EAGAIN, "the daemon is starting") }
        let (outcome, reason) = policies.carryOut(json)
        return (outcome.rawValue, reason ?? "")
    }

    func describe(feeder: String, what: String) -> String? { state.withLock { $0.describe }?(what) }

    private func post(_ source: String, _ event: SourceReports.Message.Event) -> Int32 {
        guard let reports = state.withLock({ $0.reports }) else { return 0 }
        return reports.post(source, event) ? 0 : -EAGAIN
    }
}
