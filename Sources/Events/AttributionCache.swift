// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import PluginABI
import Policy
import Workloads

/// What the making of records keeps from event to event and from batch to batch.
///
/// Texts that many records share are laid into the arena once for every batch; `batch` says for which that was done.
///
/// Unchecked: one thread at a time has it, see ``EventPipeline``.
final class AttributionCache: @unchecked Sendable {
    /// Workloads remembered at most: those of which there are events.
    private static let workloadLimit = 16_384
    private static let flagsLimit = 4096
    /// Executed images remembered at most, and the most bytes of arguments of one.
    private static let imageLimit = 512
    private static let argumentLimit = 4096

    let arena = RecordArena()
    /// Room in which the pairs of one record are gathered.
    var pairs: [kubearmor_pair] = []
    private var workloads: [UInt64: WorkloadFacts] = [:]
    private var last: WorkloadFacts?
    private var version: (workloads: UInt64, history: UInt64) = (0, 0)
    private var node = (batch: 0 as UInt64, texts: NodeTexts())
    private var users = (batch: 0 as UInt64, texts: [UInt32: kubearmor_string]())
    private var flags: [UInt32: [UInt8]] = [:]
    private var arguments: [UInt64: [String]] = [:]
    private var second = (number: UInt64.max, text: [UInt8](repeating: 0, count: EventClock.textSize))

    /// Forgets what other snapshots say.
    func begin(_ workloads: WorkloadRegistry.Snapshot, _ history: RuleHistory.Snapshot) {
        guard version != (workloads.version, history.version) || self.workloads.count > Self.workloadLimit else {
            return
        }
        version = (workloads.version, history.version)
        self.workloads.removeAll(keepingCapacity: true)
        last = nil
    }

    @inline(__always)
    func facts(
        of key: UInt64, _ snapshot: WorkloadRegistry.Snapshot, _ history: RuleHistory.Snapshot
    ) -> WorkloadFacts? {
        if let last, last.key == key { return last }
        if let known = workloads[key] {
            last = known
            return known
        }
        guard let workload = snapshot[key] else { return nil }
        let facts = WorkloadFacts(workload, history.newest(of: key))
        workloads[key] = facts
        last = facts
        return facts
    }

    /// The arguments of an executed image, which procfs is asked for once: `ask` costs system calls, and what a process
    /// writes over its arguments later is not what it was started with.
    func arguments(of image: UInt64, _ ask: () -> [String]) -> [String] {
        if image != 0, let known = arguments[image] { return known }
        let found = ask()
        let size = found.reduce(0) { $0 + $1.utf8.count }
        guard image != 0, !found.isEmpty, size <= Self.argumentLimit else { return found }
        if arguments.count >= Self.imageLimit { arguments.removeAll(keepingCapacity: true) }
        arguments[image] = found
        return found
    }

    // MARK: Texts

    struct NodeTexts {
        var clusterName = kubearmor_string()
        var hostName = kubearmor_string()
        var nodeID = kubearmor_string()
        var version = kubearmor_string()
    }

    func nodeTexts(_ settings: EventSettings) -> NodeTexts {
        if node.batch != arena.batch {
            node.texts = NodeTexts(
                clusterName: arena.copy(settings.node.clusterName), hostName: arena.copy(settings.node.hostName),
                nodeID: arena.copy(settings.node.nodeID), version: arena.copy(settings.kubearmorVersion))
            node.batch = arena.batch
        }
        return node.texts
    }

    func userName(_ uid: UInt32, _ names: UserNames) -> kubearmor_string {
        if users.batch != arena.batch {
            users.texts.removeAll(keepingCapacity: true)
            users.batch = arena.batch
        }
        if let known = users.texts[uid] { return known }
        let text = arena.copy(names.name(of: uid))
        users.texts[uid] = text
        return text
    }

    /// `2006-01-02T15:04:05.000000Z`; all but the microseconds is the same for a second's events.
    func time(_ date: UInt64) -> kubearmor_string {
        let (number, rest) = date.quotientAndRemainder(dividingBy: 1_000_000_000)
        if number != second.number {
            second = (number, Array(EventClock.text(of: date).utf8))
        }
        // A year of five digits has a longer text.
        let size = second.text.count
        let place = arena.room(size)
        second.text.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(place, base, size) }
        }
        var microseconds = UInt32(rest / 1000)
        for index in 0..<6 {
            place[size - 2 - index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds % 10)
            microseconds /= 10
        }
        return kubearmor_string(place, count: size)
    }

    /// The flags of open(2) as text.
    func openFlags(_ flags: UInt32) -> [UInt8] {
        if let known = self.flags[flags] { return known }
        if self.flags.count > Self.flagsLimit { self.flags.removeAll() }
        let text = Array(KernelEventText.openFlags(flags).utf8)
        self.flags[flags] = text
        return text
    }
}

/// A workload of which there are events, and the rules that they name.
final class WorkloadFacts {
    private struct RuleKey: Hashable {
        let generation: UInt64
        let rule: UInt32
    }

    private static let ruleLimit = 1024

    let key: UInt64
    let isHost: Bool
    let visibleClasses: UInt32?
    let newest: ActiveRules?
    private let workload: Workload
    private var rules: [RuleKey: RuleFacts] = [:]
    private var last: (key: RuleKey, rule: RuleFacts)?
    private var laid = (batch: 0 as UInt64, texts: Texts())

    init(_ workload: Workload, _ newest: ActiveRules?) {
        key = workload.key
        isHost = workload.identity.isHost
        visibleClasses = workload.visibleClasses
        self.workload = workload
        self.newest = newest
    }

    struct Texts {
        var namespace = kubearmor_string()
        var pod = kubearmor_string()
        var ownerKind = kubearmor_string()
        var ownerName = kubearmor_string()
        var ownerNamespace = kubearmor_string()
        var containerName = kubearmor_string()
        var containerID = kubearmor_string()
        var image = kubearmor_string()
        var labels = kubearmor_string()
    }

    func texts(_ arena: RecordArena) -> Texts {
        if laid.batch != arena.batch {
            laid = (
                arena.batch,
                Texts(
                    namespace: arena.copy(workload.identity.namespace), pod: arena.copy(workload.identity.name),
                    ownerKind: arena.copy(workload.owner?.kind ?? ""),
                    ownerName: arena.copy(workload.owner?.name ?? ""),
                    ownerNamespace: arena.copy(workload.owner == nil ? "" : workload.identity.namespace),
                    containerName: arena.copy(workload.identity.containerName),
                    containerID: arena.copy(workload.containerID), image: arena.copy(workload.containerImage),
                    labels: arena.copy(workload.labelText))
            )
        }
        return laid.texts
    }

    /// - Parameter sets: asked when the rule is not remembered
    func rule(_ id: UInt32, generation: UInt64, _ sets: () -> ActiveRules?) -> RuleFacts? {
        let key = RuleKey(generation: generation, rule: id)
        if let last, last.key == key { return last.rule }
        if let known = rules[key] {
            last = (key, known)
            return known
        }
        guard let rule = sets()?.rule(id) else { return nil }
        if rules.count > Self.ruleLimit { rules.removeAll() }
        let facts = RuleFacts(rule)
        rules[key] = facts
        last = (key, facts)
        return facts
    }
}

/// A rule that events name.
final class RuleFacts {
    let rule: ResolvedRule
    let preset: Preset?
    private var batch: UInt64 = 0
    private var policyName = kubearmor_string()
    private var severity = kubearmor_string()
    private var tags = kubearmor_string()
    private var message = kubearmor_string()
    private var list: UnsafePointer<kubearmor_string>?

    init(_ rule: ResolvedRule) {
        self.rule = rule
        preset = Preset(name: rule.object)
    }

    /// Says in the record what was decided by which policy.
    func name(in alert: inout kubearmor_record, _ arena: RecordArena) {
        if batch != arena.batch {
            batch = arena.batch
            policyName = arena.copy(rule.policyName)
            severity = arena.copy(rule.severity.map { String($0) } ?? "")
            tags = arena.copy(rule.tags.joined(separator: ","))
            message = arena.copy(rule.message)
            list = rule.tags.isEmpty ? nil : arena.copy(tags: rule.tags)
        }
        alert.policy_name = policyName
        alert.severity = severity
        alert.tags = tags
        alert.message = message
        alert.atags = list
        alert.atag_count = UInt64(rule.tags.count)
    }
}
