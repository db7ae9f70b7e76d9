// SPDX-License-Identifier: Apache-2.0
import Glibc
public import PluginABI
import Policy
public import Workloads

/// Turns one event of the kernel into the alert or log that it stands for.
///
/// A value made for a batch of events: it holds the snapshots by which they are attributed. No state, no locks.
public struct Attributor {
    private let settings: EventSettings
    private let workloads: WorkloadRegistry.Snapshot
    private let history: RuleHistory.Snapshot
    private let users: UserNames
    private let clock: EventClock

    public init(
        settings: EventSettings, workloads: WorkloadRegistry.Snapshot, history: RuleHistory.Snapshot,
        users: UserNames, clock: EventClock
    ) {
        self.settings = settings
        self.workloads = workloads
        self.history = history
        self.users = users
        self.clock = clock
    }

    /// What came of an event.
    public enum Outcome: Sendable {
        case record(EventRecord)
        /// Nobody wants to know: no rule concerns it and its class is not visible.
        case unwanted
        /// The workload that it names is not known (any more).
        case unknownWorkload
    }

    /// - Parameters:
    ///   - event: valid during the call
    ///   - plugin: the name of the plugin that it comes from
    public func attribute(_ event: kubearmor_event, from plugin: String) -> Outcome {
        guard let workload = workloads[event.workload] else { return .unknownWorkload }
        if event.operation == UInt16(KUBEARMOR_OPERATION_THROTTLE) {
            return .record(notice(event, workload: workload, plugin: plugin))
        }
        if event.rule != KUBEARMOR_RULE_ID_NONE {
            return .record(decision(event, workload: workload, plugin: plugin))
        }
        let witness = witness(of: event, from: plugin)
        // The end of a process, and a new one of the same program, are no accesses: nothing to judge.
        let isAccess =
            event.operation != UInt16(KUBEARMOR_OPERATION_EXIT) && event.operation != UInt16(KUBEARMOR_OPERATION_FORK)
        if isAccess, let verdict = judge(event, workload: workload, witness: witness) {
            return .record(judged(event, workload: workload, verdict: verdict, witness: witness))
        }
        switch witness {
        // The kernel has refused it, by rules that are no more or that are not ours to know.
        case .denied: return .record(unattributed(event, workload: workload, plugin: plugin))
        // It was to tell of more than rules ask for, where it cannot tell them apart.
        case .permitted: return .unwanted
        case .monitor: break
        }
        guard settings.sees(event.class_, isHost: workload.identity.isHost) else { return .unwanted }
        return .record(log(event, workload: workload))
    }

    // MARK: What an enforcer decided

    private func decision(_ event: kubearmor_event, workload: Workload, plugin: String) -> EventRecord {
        var alert = alert(event, workload: workload)
        alert.enforcer = Self.enforcerName(plugin)
        let blocked = event.action != KUBEARMOR_ACTION_AUDIT
        alert.action = blocked ? "Block" : "Audit"
        // A decision is reported before the system call returns: its result is the decision's.
        alert.result =
            blocked
            ? KernelEventText.result(event.result < 0 ? event.result : -EACCES)
            : KernelEventText.result(event.result)
        nameDecider(of: event, in: &alert)
        if event.class_ == UInt16(KUBEARMOR_CLASS_PRESET) { namePreset(of: event, in: &alert) }
        return alert
    }

    func preset(of event: kubearmor_event) -> Preset? {
        let rule = history.rules(of: event.workload, generation: event.generation)?.rule(event.rule)
        return rule.flatMap { Preset(name: $0.object) }
    }

    func nameDecider(of event: kubearmor_event, in alert: inout EventRecord) {
        switch event.rule {
        case KUBEARMOR_RULE_ID_POSTURE:
            alert.policyName = "DefaultPosture"
        case KUBEARMOR_RULE_ID_GUARD:
            alert.policyName = "SelfGuard"
            alert.severity = "10"
            alert.message = "The enforcer keeps its maps, programs, pins and process from others (selfGuard)"
        case KUBEARMOR_RULE_ID_FAULT:
            alert.policyName = "FailClosed"
            alert.message =
                "The access could not be decided (path too long or changing, or no memory), so it was denied"
        default:
            let rules = history.rules(of: event.workload, generation: event.generation)
            if let rule = rules?.rule(event.rule) {
                name(rule, in: &alert)
            } else {
                alert.policyName = "Unattributed"
                alert.message = "Decided by rule \(event.rule) of generation \(event.generation), not known here"
            }
        }
    }

    static func enforcerName(_ plugin: String) -> String {
        switch plugin {
        case "bpflsm": "BPFLSM"
        case "apparmor": "AppArmor"
        case "selinux": "SELinux"
        default: "eBPF Monitor"
        }
    }

    // MARK: What is judged here

    /// Who tells of an access whose rule it does not name.
    private enum Witness {
        /// The enforcer has denied it.
        case denied
        /// The enforcer has permitted it, and tells because it is to.
        case permitted
        /// It was seen; what the enforcer did is not known.
        case monitor
    }

    private func witness(of event: kubearmor_event, from plugin: String) -> Witness {
        guard history.newest(of: event.workload)?.enforcement.enforcerName == plugin else { return .monitor }
        return event.result < 0 ? .denied : .permitted
    }

    private func unattributed(_ event: kubearmor_event, workload: Workload, plugin: String) -> EventRecord {
        var alert = alert(event, workload: workload)
        alert.enforcer = Self.enforcerName(plugin)
        alert.action = "Block"
        alert.policyName = "Unattributed"
        alert.message =
            "Denied although no rule says so: by one that is enforced stricter (kubearmor policy status) or no more"
        return alert
    }

    private func judge(_ event: kubearmor_event, workload: Workload, witness: Witness) -> Decision? {
        // An access that failed for a reason of its own, ENOENT and the like, is not what a rule is about.
        guard event.result >= 0 || event.result == -EACCES || event.result == -EPERM,
            let rules = history.newest(of: workload.key), witness != .monitor || !rules.enforcement.isComplete,
            rules.ruleSet.classes & (1 << UInt32(event.class_ & 31)) != 0
                || Self.concernsProcessRules(event) && rules.ruleSet.classes & 1 != 0
        else { return nil }
        let subject = Subject(
            executable: event.process.text, parent: event.parent.text, uid: event.uid, hasTTY: !event.tty.isEmpty)
        var audit: Decision?
        for access in ObservedAccess.accesses(of: event, isDenied: witness == .denied) {
            let decision = rules.ruleSet.decide(subject, access)
            guard decision.action != .allow else { continue }
            switch witness {
            case .denied: guard decision.action == .block else { continue }
            case .permitted: guard decision.action == .audit else { continue }
            case .monitor: guard !rules.enforcement.reports(decision) else { continue }
            }
            if decision.decider == .posture, !settings.postureAlerts { continue }
            // Of the two paths of a rename one denial denies all.
            if decision.action == .block { return decision }
            audit = audit ?? decision
        }
        return audit
    }

    /// A blocked executable keeps its name, and so do the directories above it.
    private static func concernsProcessRules(_ event: kubearmor_event) -> Bool {
        event.class_ == UInt16(KUBEARMOR_CLASS_FILE) && ObservedAccess.changesName(event)
    }

    private func judged(
        _ event: kubearmor_event, workload: Workload, verdict: Decision, witness: Witness
    ) -> EventRecord {
        var alert = alert(event, workload: workload)
        alert.enforcer = "eBPF Monitor"
        alert.action = verdict.action == .block ? "Audit (Block)" : "Audit"
        let rules = history.newest(of: workload.key)
        if let enforcement = rules?.enforcement {
            let isDenied = witness == .denied || enforcement.denied(verdict, result: event.result)
            if isDenied { alert.action = "Block" }
            if isDenied || witness == .permitted { alert.enforcer = Self.enforcerName(enforcement.enforcerName) }
        }
        switch verdict.decider {
        case .rule(let id):
            guard let rule = rules?.rule(id) else { break }
            name(rule, in: &alert)
            // A rename is seen as a file's, and may be denied for the program that the file is.
            if rule.accessClass == .process { alert.operation = KernelEventText.operation(ofClass: 0) }
        case .posture, .none:
            alert.policyName = "DefaultPosture"
        }
        return alert
    }

    private func name(_ rule: ResolvedRule, in alert: inout EventRecord) {
        alert.policyName = rule.policyName
        alert.severity = rule.severity.map { String($0) } ?? ""
        alert.tags = rule.tags
        alert.message = rule.message
    }

    // MARK: The fields that both have

    func alert(_ event: kubearmor_event, workload: Workload) -> EventRecord {
        var alert = EventRecord(kind: .alert)
        alert.recordType = workload.identity.isHost ? "MatchedHostPolicy" : "MatchedPolicy"
        alert.kubearmorVersion = settings.kubearmorVersion
        fill(&alert, from: event, workload: workload)
        complete(&alert, from: event)
        describe(&alert, event: event, arguments: arguments(of: event, executable: alert.processName))
        return alert
    }

    private func log(_ event: kubearmor_event, workload: Workload) -> EventRecord {
        var log = EventRecord(kind: .log)
        log.recordType = workload.identity.isHost ? "HostLog" : "ContainerLog"
        fill(&log, from: event, workload: workload)
        let isProcess = event.class_ == UInt16(KUBEARMOR_CLASS_PROCESS)
        let drops = isProcess && settings.dropsProcessArguments
        describe(&log, event: event, arguments: drops ? [] : event.arguments.arguments)
        return log
    }

    private func fill(_ record: inout EventRecord, from event: kubearmor_event, workload: Workload) {
        let date = clock.date(of: event.time_ns)
        record.timestamp = Int64(date / 1_000_000_000)
        record.updatedTime = EventClock.text(of: date)
        record.clusterName = settings.node.clusterName
        record.hostName = settings.node.hostName
        record.nodeID = settings.node.nodeID
        record.hostPID = event.host_pid
        record.hostPPID = event.host_ppid
        record.pid = event.pid != 0 ? event.pid : event.host_pid
        record.ppid = event.ppid != 0 ? event.ppid : event.host_ppid
        record.uid = event.uid
        record.cwd = event.cwd.text
        record.tty = event.tty.text
        record.execID = event.exec_id == 0 ? "" : String(event.exec_id)
        record.execName = event.exec_id == 0 ? "" : event.comm.text
        record.processName = event.process.text
        record.parentProcessName = event.parent.text
        record.operation = KernelEventText.operation(ofClass: event.class_)
        record.result = KernelEventText.result(event.result)
        if workload.identity.isHost {
            record.userName = users.name(of: event.uid)
        } else {
            record.namespaceName = workload.identity.namespace
            record.podName = workload.identity.name
            record.containerName = workload.identity.containerName
            record.containerID = workload.containerID
            record.containerImage = workload.containerImage
            record.labels = workload.labelText
        }
    }

    /// Asks procfs for what the event lacks; for alerts only, since it costs several system calls.
    private func complete(_ record: inout EventRecord, from event: kubearmor_event) {
        let process = ProcessIdentity(pid: event.host_pid, procfs: settings.procfs)
        if record.processName.isEmpty { record.processName = process.executable ?? "" }
        if record.parentProcessName.isEmpty, event.host_ppid != 0 {
            record.parentProcessName =
                ProcessIdentity(pid: event.host_ppid, procfs: settings.procfs).executable ?? ""
        }
        if record.cwd.isEmpty { record.cwd = process.workingDirectory ?? "" }
    }

    /// The event's, else those of the living process; of an image that is only about to be executed procfs knows none.
    private func arguments(of event: kubearmor_event, executable: String) -> [String] {
        let known = event.arguments.arguments
        if !known.isEmpty || event.operation == UInt16(KUBEARMOR_OPERATION_EXEC) { return known }
        let process = ProcessIdentity(pid: event.host_pid, procfs: settings.procfs)
        return process.executable == executable ? process.arguments : []
    }

    /// Source, Resource, Data and what follows from them.
    private func describe(_ record: inout EventRecord, event: kubearmor_event, arguments: [String]) {
        let resource = ObservedPath.resource(of: event)
        if event.class_ == UInt16(KUBEARMOR_CLASS_PROCESS), event.operation == UInt16(KUBEARMOR_OPERATION_EXEC) {
            // The process is what it is about to become; who started it is the parent.
            record.processName = resource
            record.source = record.parentProcessName
            record.resource = commandLine(resource, arguments)
        } else {
            record.source = commandLine(record.processName, arguments)
            record.resource = resource
        }
        record.data = data(of: event)
        record.eventData = KernelEventText.pairs(of: record.data)
        guard event.class_ == UInt16(KUBEARMOR_CLASS_NETWORK) || event.class_ == UInt16(KUBEARMOR_CLASS_DNS) else {
            return
        }
        // KubeArmor's observation of a query is about where it went; what it asks for is among the data.
        if record.kind == .log, event.class_ == UInt16(KUBEARMOR_CLASS_DNS) {
            let isSix = record.eventData.contains { $0.key == "Daddr" && $0.value.utf8.contains(UInt8(ascii: ":")) }
            record.resource = "sa_family=\(isSix ? "AF_INET6" : "AF_INET") sin_port=53"
        }
        record.eventData += KernelEventText.pairs(of: record.resource)
    }

    private func commandLine(_ path: String, _ arguments: [String]) -> String {
        arguments.count < 2 ? path : path + " " + arguments.dropFirst().joined(separator: " ")
    }

    private func data(of event: kubearmor_event) -> String {
        var data = event.hook.text
        if let values = event.values {
            for value in UnsafeBufferPointer(start: values, count: Int(event.value_count)) {
                data += "\(data.isEmpty ? "" : " ")\(value.key.text)=\(value.value.text)"
            }
        }
        if event.operation == UInt16(KUBEARMOR_OPERATION_OPEN), data.hasPrefix("syscall="), !data.contains(" flags=") {
            data += " flags=\(KernelEventText.openFlags(event.flags))"
        }
        if !event.target.isEmpty { data += "\(data.isEmpty ? "" : " ")target=\(event.target.text)" }
        return data
    }
}
