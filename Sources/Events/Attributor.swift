// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
public import PluginABI
import Policy
public import Workloads

/// Turns one event of the kernel into the alert or log that it stands for.
///
/// A value made for a batch of events: it holds the snapshots by which they are attributed, and the cache with the
/// arena in which their records are made. No locks.
public struct Attributor {
    private let settings: EventSettings
    private let workloads: WorkloadRegistry.Snapshot
    private let history: RuleHistory.Snapshot
    private let users: UserNames
    private let clock: EventClock
    let cache: AttributionCache
    var arena: RecordArena { cache.arena }

    public init(
        settings: EventSettings, workloads: WorkloadRegistry.Snapshot, history: RuleHistory.Snapshot,
        users: UserNames, clock: EventClock
    ) {
        self.init(
            settings: settings, workloads: workloads, history: history, users: users, clock: clock,
            cache: AttributionCache())
    }

    /// - Parameter cache: this thread's until the last record is made
    init(
        settings: EventSettings, workloads: WorkloadRegistry.Snapshot, history: RuleHistory.Snapshot,
        users: UserNames, clock: EventClock, cache: AttributionCache
    ) {
        self.cache = cache
        cache.begin(workloads, history)
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
        arena.clear()
        defer { arena.clear() }
        switch record(event, from: plugin) {
        case .made: return arena.last.map { .record(EventRecord($0)) } ?? .unwanted
        case .unwanted: return .unwanted
        case .unknownWorkload: return .unknownWorkload
        }
    }

    /// ``Outcome``, of which the record is the arena's last.
    enum Result {
        case made
        case unwanted
        case unknownWorkload
    }

    func record(_ event: kubearmor_event, from plugin: String) -> Result {
        guard let workload = cache.facts(of: event.workload, workloads, history) else { return .unknownWorkload }
        if event.operation == UInt16(KUBEARMOR_OPERATION_THROTTLE) {
            notice(event, workload: workload, plugin: plugin)
            return .made
        }
        if event.rule != KUBEARMOR_RULE_ID_NONE {
            decision(event, workload: workload, plugin: plugin)
            return .made
        }
        let witness = witness(of: event, workload, from: plugin)
        // The end of a process, and a new one of the same program, are no accesses: nothing to judge.
        let isAccess =
            event.operation != UInt16(KUBEARMOR_OPERATION_EXIT) && event.operation != UInt16(KUBEARMOR_OPERATION_FORK)
        if isAccess, let verdict = judge(event, workload: workload, witness: witness) {
            judged(event, workload: workload, verdict: verdict, witness: witness)
            return .made
        }
        switch witness {
        // The kernel has refused it, by rules that are no more or that are not ours to know.
        case .denied:
            unattributed(event, workload: workload, plugin: plugin)
            return .made
        // It was to tell of more than rules ask for, where it cannot tell them apart.
        case .permitted: return .unwanted
        case .monitor: break
        }
        guard settings.sees(event.class_, isHost: workload.isHost, visible: workload.visibleClasses) else {
            return .unwanted
        }
        log(event, workload: workload)
        return .made
    }

    // MARK: What an enforcer decided

    private func decision(_ event: kubearmor_event, workload: WorkloadFacts, plugin: String) {
        let alert = alert(event, workload: workload)
        alert.pointee.enforcer = Self.enforcerName(plugin)
        let blocked = event.action != KUBEARMOR_ACTION_AUDIT
        alert.pointee.action = kubearmor_string(blocked ? "Block" : "Audit")
        // A decision is reported before the system call returns: its result is the decision's.
        let result = blocked && event.result >= 0 ? -EACCES : event.result
        alert.pointee.result = self.result(result)
        let rule = nameDecider(of: event, workload, in: &alert.pointee)
        if event.class_ == UInt16(KUBEARMOR_CLASS_PRESET) { namePreset(rule?.preset, in: &alert.pointee) }
    }

    /// Returns the rule that decided, nil when none did or when it is not known.
    @discardableResult
    func nameDecider(
        of event: kubearmor_event, _ workload: WorkloadFacts, in alert: inout kubearmor_record
    ) -> RuleFacts? {
        switch event.rule {
        case KUBEARMOR_RULE_ID_POSTURE:
            alert.policy_name = kubearmor_string("DefaultPosture")
        case KUBEARMOR_RULE_ID_GUARD:
            alert.policy_name = kubearmor_string("SelfGuard")
            alert.severity = kubearmor_string("10")
            alert.message = kubearmor_string(
                "The enforcer keeps its maps, programs, pins and process from others (selfGuard)")
        case KUBEARMOR_RULE_ID_FAULT:
            alert.policy_name = kubearmor_string("FailClosed")
            alert.message = kubearmor_string(
                "The access could not be decided (path too long or changing, or no memory), so it was denied")
        default:
            let rule = workload.rule(event.rule, generation: event.generation) {
                history.rules(of: event.workload, generation: event.generation)
            }
            if let rule {
                rule.name(in: &alert, arena)
                return rule
            }
            alert.policy_name = kubearmor_string("Unattributed")
            alert.message = arena.copy(
                "Decided by rule \(event.rule) of generation \(event.generation), not known here")
        }
        return nil
    }

    static func enforcerName(_ plugin: String) -> kubearmor_string {
        switch plugin {
        case "bpflsm": kubearmor_string("BPFLSM")
        case "apparmor": kubearmor_string("AppArmor")
        case "selinux": kubearmor_string("SELinux")
        default: kubearmor_string("eBPF Monitor")
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

    private func witness(of event: kubearmor_event, _ workload: WorkloadFacts, from plugin: String) -> Witness {
        guard workload.newest?.enforcement.enforcerName == plugin else { return .monitor }
        return event.result < 0 ? .denied : .permitted
    }

    private func unattributed(_ event: kubearmor_event, workload: WorkloadFacts, plugin: String) {
        let alert = alert(event, workload: workload)
        alert.pointee.enforcer = Self.enforcerName(plugin)
        alert.pointee.action = kubearmor_string("Block")
        alert.pointee.policy_name = kubearmor_string("Unattributed")
        alert.pointee.message = kubearmor_string(
            "Denied although no rule says so: by one that is enforced stricter (kubearmor policy status) or no more")
    }

    private func judge(_ event: kubearmor_event, workload: WorkloadFacts, witness: Witness) -> Decision? {
        // An access that failed for a reason of its own, ENOENT and the like, is not what a rule is about.
        guard event.result >= 0 || event.result == -EACCES || event.result == -EPERM,
            let rules = workload.newest, witness != .monitor || !rules.enforcement.isComplete,
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
        _ event: kubearmor_event, workload: WorkloadFacts, verdict: Decision, witness: Witness
    ) {
        let alert = alert(event, workload: workload)
        alert.pointee.enforcer = kubearmor_string("eBPF Monitor")
        alert.pointee.action = kubearmor_string(verdict.action == .block ? "Audit (Block)" : "Audit")
        let rules = workload.newest
        if let enforcement = rules?.enforcement {
            let isDenied = witness == .denied || enforcement.denied(verdict, result: event.result)
            if isDenied { alert.pointee.action = kubearmor_string("Block") }
            if isDenied || witness == .permitted {
                alert.pointee.enforcer = Self.enforcerName(enforcement.enforcerName)
            }
        }
        switch verdict.decider {
        case .rule(let id):
            guard let rule = workload.rule(id, generation: rules?.generation ?? 0, { rules }) else { break }
            rule.name(in: &alert.pointee, arena)
            // A rename is seen as a file's, and may be denied for the program that the file is.
            if rule.rule.accessClass == .process { alert.pointee.operation = KernelEventText.operationText(ofClass: 0) }
        case .posture, .none:
            alert.pointee.policy_name = kubearmor_string("DefaultPosture")
        }
    }

    // MARK: The fields that both have

    func alert(_ event: kubearmor_event, workload: WorkloadFacts) -> UnsafeMutablePointer<kubearmor_record> {
        let alert = arena.add(.alert)
        alert.pointee.record_type = kubearmor_string(workload.isHost ? "MatchedHostPolicy" : "MatchedPolicy")
        alert.pointee.kubearmor_version = cache.nodeTexts(settings).version
        fill(&alert.pointee, from: event, workload: workload)
        complete(&alert.pointee, from: event)
        describe(&alert.pointee, event: event, arguments: arguments(of: event, executable: alert.pointee.process_name))
        return alert
    }

    private func log(_ event: kubearmor_event, workload: WorkloadFacts) {
        let log = arena.add(.log)
        log.pointee.record_type = kubearmor_string(workload.isHost ? "HostLog" : "ContainerLog")
        fill(&log.pointee, from: event, workload: workload)
        let isProcess = event.class_ == UInt16(KUBEARMOR_CLASS_PROCESS)
        let drops = isProcess && settings.dropsProcessArguments
        describe(&log.pointee, event: event, arguments: .ofEvent(drops ? kubearmor_string() : event.arguments))
    }

    private func fill(_ record: inout kubearmor_record, from event: kubearmor_event, workload: WorkloadFacts) {
        let date = clock.date(of: event.time_ns)
        record.timestamp = Int64(date / 1_000_000_000)
        record.updated_time = cache.time(date)
        let node = cache.nodeTexts(settings)
        record.cluster_name = node.clusterName
        record.host_name = node.hostName
        record.node_id = node.nodeID
        record.host_pid = Int32(bitPattern: event.host_pid)
        record.host_ppid = Int32(bitPattern: event.host_ppid)
        record.pid = event.pid != 0 ? Int32(bitPattern: event.pid) : record.host_pid
        record.ppid = event.ppid != 0 ? Int32(bitPattern: event.ppid) : record.host_ppid
        record.uid = Int32(bitPattern: event.uid)
        record.cwd = arena.copy(event.cwd)
        record.tty = arena.copy(event.tty)
        if event.session != 0 {
            record.exec_id = arena.copy(event.session)
            record.exec_name = arena.copy(event.comm)
        }
        record.process_name = arena.copy(event.process)
        record.parent_process_name = arena.copy(event.parent)
        record.operation = KernelEventText.operationText(ofClass: event.class_)
        record.result = result(event.result)
        if workload.isHost {
            record.user_name = cache.userName(event.uid, users)
        } else {
            let texts = workload.texts(arena)
            record.namespace_name = texts.namespace
            record.pod_name = texts.pod
            record.owner_ref = texts.ownerKind
            record.owner_name = texts.ownerName
            record.owner_namespace = texts.ownerNamespace
            record.container_name = texts.containerName
            record.container_id = texts.containerID
            record.container_image = texts.image
            record.labels = texts.labels
        }
    }

    /// The field Result.
    private func result(_ result: Int32) -> kubearmor_string {
        if result >= 0 { return kubearmor_string("Passed") }
        let number = result == .min ? .max : -result
        // A constant of the C library.
        if let text = kubearmor_errno_text(number) { return kubearmor_string(data: text, length: UInt64(strlen(text))) }
        return arena.copy(KernelEventText.result(result))
    }

    /// Asks procfs for what the event lacks; for alerts only, since it costs several system calls.
    private func complete(_ record: inout kubearmor_record, from event: kubearmor_event) {
        guard record.process_name.isEmpty || record.cwd.isEmpty || record.parent_process_name.isEmpty else { return }
        let process = ProcessIdentity(pid: event.host_pid, procfs: settings.procfs)
        if record.process_name.isEmpty { record.process_name = arena.copy(process.executable ?? "") }
        if record.parent_process_name.isEmpty, event.host_ppid != 0 {
            let parent = ProcessIdentity(pid: event.host_ppid, procfs: settings.procfs)
            record.parent_process_name = arena.copy(parent.executable ?? "")
        }
        if record.cwd.isEmpty { record.cwd = arena.copy(process.workingDirectory ?? "") }
    }

    /// The event's, else those of the living process; of an image that is only about to be executed procfs knows none.
    private func arguments(of event: kubearmor_event, executable: kubearmor_string) -> CommandArguments {
        if !event.arguments.isEmpty || event.operation == UInt16(KUBEARMOR_OPERATION_EXEC) {
            return .ofEvent(event.arguments)
        }
        return .ofProcess(
            cache.arguments(of: event.exec_id) {
                let process = ProcessIdentity(pid: event.host_pid, procfs: settings.procfs)
                return process.executable == executable.text ? process.arguments : []
            })
    }

    /// Source, Resource, Data and what follows from them.
    private func describe(
        _ record: inout kubearmor_record, event: kubearmor_event, arguments: CommandArguments
    ) {
        let resource =
            ObservedPath.isAsItIs(event) ? arena.copy(event.resource) : arena.copy(ObservedPath.resource(of: event))
        if event.class_ == UInt16(KUBEARMOR_CLASS_PROCESS), event.operation == UInt16(KUBEARMOR_OPERATION_EXEC) {
            // The process is what it is about to become; who started it is the parent.
            record.process_name = resource
            record.source = record.parent_process_name
            record.resource = arena.commandLine(resource, arguments)
        } else {
            record.source = arena.commandLine(record.process_name, arguments)
            record.resource = resource
        }
        record.data = cache.data(of: event)
        guard event.class_ == UInt16(KUBEARMOR_CLASS_NETWORK) || event.class_ == UInt16(KUBEARMOR_CLASS_DNS) else {
            cache.setPairs(in: &record)
            return
        }
        // KubeArmor's observation of a query is about where it went; what it asks for is among the data.
        if record.type == KUBEARMOR_RECORD_LOG, event.class_ == UInt16(KUBEARMOR_CLASS_DNS) {
            let isSix = record.data.text.split(separator: " ").contains {
                $0.hasPrefix("daddr=") && $0.utf8.contains(UInt8(ascii: ":"))
            }
            record.resource = arena.copy("sa_family=\(isSix ? "AF_INET6" : "AF_INET") sin_port=53")
        }
        cache.setPairs(in: &record, alsoOf: record.resource)
    }
}
