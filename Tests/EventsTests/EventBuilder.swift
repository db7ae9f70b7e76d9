// SPDX-License-Identifier: Apache-2.0
import Events
import PluginABI
import Policy
import Workloads

/// An event written as a Swift value, and what comes of it.
struct EventBuilder {
    var raw = kubearmor_event()
    var process = "/usr/bin/bash"
    var parent = "/usr/sbin/sshd"
    var resource = "/usr/bin/apt"
    var target = ""
    var arguments: [String] = []
    var cwd = "/root"
    var tty = "pts0"
    var hook = ""
    var comm = ""
    /// Stands for `resource` when it is no UTF-8.
    var resourceBytes: [UInt8]?
    var values: [(key: String, value: String)] = []

    init(operation: UInt32, class_: AccessClass) {
        raw.struct_size = UInt32(MemoryLayout<kubearmor_event>.size)
        raw.operation = UInt16(operation)
        raw.class_ = UInt16(class_.rawValue)
        raw.workload = Workload.hostKey
        raw.time_ns = 5_000_000
        raw.host_pid = 0x7fff_fff0
        raw.host_ppid = 0x7fff_ffef
        raw.object_uid = .max
    }

    /// Lends the event, texts included.
    func withEvent<Result>(_ body: (UnsafePointer<kubearmor_event>) -> Result) -> Result {
        var raw = raw
        let texts =
            [process, parent, resource, target, arguments.map { $0 + "\0" }.joined(), cwd, tty, hook, comm].map {
                Array($0.utf8)
            } + values.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] } + [resourceBytes ?? []]
        let bytes = texts.flatMap { $0 }
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            var strings: [kubearmor_string] = []
            for text in texts {
                let start = buffer.baseAddress.map { UnsafeRawPointer($0 + offset) }
                strings.append(
                    kubearmor_string(
                        data: start?.assumingMemoryBound(to: CChar.self), length: UInt64(text.count)))
                offset += text.count
            }
            raw.process = strings[0]
            raw.parent = strings[1]
            raw.resource = strings[resourceBytes == nil ? 2 : strings.count - 1]
            raw.target = strings[3]
            raw.arguments = strings[4]
            raw.cwd = strings[5]
            raw.tty = strings[6]
            raw.hook = strings[7]
            raw.comm = strings[8]
            let pairs = values.indices.map { index in
                kubearmor_pair(
                    struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: strings[9 + 2 * index],
                    value: strings[10 + 2 * index])
            }
            return pairs.withUnsafeBufferPointer { pairs in
                raw.values = pairs.baseAddress
                raw.value_count = UInt64(pairs.count)
                return withUnsafePointer(to: raw, body)
            }
        }
    }

    /// Lends all of them at once.
    static func withEvents(
        _ builders: ArraySlice<EventBuilder>, after lent: [kubearmor_event] = [],
        _ body: (UnsafePointer<kubearmor_event>, Int) -> Void
    ) {
        guard let first = builders.first else {
            lent.withUnsafeBufferPointer { events in
                if let base = events.baseAddress { body(base, events.count) }
            }
            return
        }
        first.withEvent { withEvents(builders.dropFirst(), after: lent + [$0.pointee], body) }
    }

    /// What the event stands for on a host with these rules.
    func outcome(
        _ history: RuleHistory = RuleHistory(), from plugin: String = "ebpf", visibility: UInt32 = 0,
        adjust: (inout EventSettings) -> Void = { _ in }
    ) -> Attributor.Outcome {
        var settings = EventSettings(
            node: NodeIdentity(clusterName: "default", hostName: "web-1", nodeID: "9be6"),
            kubearmorVersion: "v0.1.0", hostVisibility: visibility)
        adjust(&settings)
        let registry = WorkloadRegistry(host: .host(name: "web-1"))
        let attributor = Attributor(
            settings: settings, workloads: registry.snapshot(), history: history.snapshot(),
            users: UserNames(path: "/nowhere/passwd"), clock: EventClock(offset: 1_687_868_507_932_526_000))
        return withEvent { attributor.attribute($0.pointee, from: plugin) }
    }
}

extension Attributor.Outcome {
    var record: EventRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}

/// Rule sets for tests, from the text of a policy.
enum Rules {
    static let allHeld = Enforcement(unheldRules: [], auditsRules: true, appliesPosture: true)

    /// Host policy `name` with these lines below `spec`.
    static func set(_ name: String, _ spec: String, postures: Postures = Postures()) -> RuleSet {
        let text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorHostPolicy
            metadata: {name: \(name)}
            spec:
              nodeSelector: {matchLabels: {kubernetes.io/hostname: web-1}}
            \(spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))
            """
        return RuleSet.resolve(policies: PolicyParser.parse(text, file: "test.yaml").policies, postures: postures)
    }

    /// All rules left to user space, as with an enforcer that can do nothing.
    static func noneHeld(_ set: RuleSet) -> Enforcement {
        Enforcement(unheldRules: Set(set.rules.map(\.id)), auditsRules: false, appliesPosture: false)
    }

    static func history(_ sets: [(generation: UInt64, set: RuleSet, enforcement: Enforcement)]) -> RuleHistory {
        let history = RuleHistory()
        for (generation, set, enforcement) in sets {
            history.append(
                ActiveRules(generation: generation, ruleSet: set, enforcement: enforcement),
                workload: Workload.hostKey)
        }
        return history
    }
}
