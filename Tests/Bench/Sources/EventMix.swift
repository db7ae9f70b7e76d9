// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
import PluginABI
import Policy
import Workloads

/// Events as the monitor and the enforcer of a busy node report them: the host and 24 containers, files, processes and
/// connections, one in eight decided by a rule.
///
/// Unchecked: nothing changes once it is made.
final class EventMix: @unchecked Sendable {
    static let containers = 24

    /// What the monitor saw, in order.
    private(set) var observations: [kubearmor_event] = []
    /// What the enforcer decided.
    private(set) var decisions: [kubearmor_event] = []
    private var texts: [UnsafeMutablePointer<CChar>] = []
    private var generator = SplitMix(state: 7)

    init(count: Int) {
        for index in 0..<count {
            let event = event(index)
            if event.rule == KUBEARMOR_RULE_ID_NONE { observations.append(event) } else { decisions.append(event) }
        }
    }

    /// Never freed: the mix lives as long as the process.
    private func text(_ text: String) -> kubearmor_string {
        guard !text.isEmpty else { return kubearmor_string() }
        let length = text.utf8.count
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: length)
        for (offset, byte) in text.utf8.enumerated() { copy[offset] = CChar(bitPattern: byte) }
        texts.append(copy)
        return kubearmor_string(data: copy, length: UInt64(length))
    }

    private func pick(_ words: [String]) -> String { words[Int(generator.next() % UInt64(words.count))] }

    private func event(_ index: Int) -> kubearmor_event {
        var event = kubearmor_event()
        event.struct_size = UInt32(MemoryLayout<kubearmor_event>.size)
        let place = Int(generator.next() >> 8) % (Self.containers + 8)
        event.time_ns = boottime()
        event.workload = place < 8 ? Workload.hostKey : Self.container(place - 8).key
        event.exec_id = 0x1234_5678_0000 + generator.next() % 512
        if index % 16 == 0, place >= 8 { event.session = 0x1234_5678_0000 + UInt64(place) }
        event.host_pid = 2000 + UInt32(index % 900)
        event.host_ppid = 1999
        event.pid = place < 8 ? 0 : 17
        event.ppid = place < 8 ? 0 : 1
        event.uid = [0, 0, 33, 1000][index % 4]
        event.object_uid = .max
        event.comm = text(pick(["nginx", "postgres", "python3", "containerd-shim", "sshd"]))
        event.process = text(pick(["/usr/sbin/nginx", "/usr/lib/postgresql/17/bin/postgres", "/usr/bin/python3.13"]))
        event.parent = text(pick(["/usr/bin/containerd-shim-runc-v2", "/usr/lib/systemd/systemd", "/usr/bin/bash"]))
        event.cwd = text(pick(["/", "/var/lib/postgresql/data", "/srv/app"]))
        event.tty = text(index % 16 == 0 ? "pts0" : "")
        describe(&event, index)
        if index % 8 == 0 {
            event.rule = 1 + UInt32(index / 8 % 3)
            event.action = index % 16 == 0 ? KUBEARMOR_ACTION_BLOCK : KUBEARMOR_ACTION_AUDIT
            event.generation = 3
        }
        return event
    }

    private func describe(_ event: inout kubearmor_event, _ index: Int) {
        event.arguments = text("python3\0-m\0http.server\0--directory\0/srv/app/static\0")
        switch index % 10 {
        case 0, 1:
            event.operation = UInt16(KUBEARMOR_OPERATION_EXEC)
            event.class_ = UInt16(KUBEARMOR_CLASS_PROCESS)
            event.resource = text(pick(["/usr/bin/curl", "/bin/sh", "/usr/bin/apt-get"]))
            event.hook = text("lsm=SECURITY_BPRM_CHECK")
        case 2, 3:
            event.operation = UInt16(KUBEARMOR_OPERATION_CONNECT)
            event.class_ = UInt16(KUBEARMOR_CLASS_NETWORK)
            event.resource = text("remoteip=10.42.\(index % 250).7 port=\(5000 + index % 1000) protocol=TCP")
            event.hook = text("kprobe=tcp_connect domain=AF_INET")
            event.flags = 2 | 1 << 8 | 6 << 16
        default:
            event.operation = UInt16(KUBEARMOR_OPERATION_OPEN)
            event.class_ = UInt16(KUBEARMOR_CLASS_FILE)
            event.resource = text("/var/lib/app/cache/\(index % 97)/object-\(generator.next() % 100_000).json")
            event.hook = text("syscall=SYS_OPENAT")
            event.flags = [0o2_000_000, 0o102_102, 0o1][index % 3]
            event.result = index % 7 == 0 ? -ENOENT : 5
        }
    }

    static func container(_ number: Int) -> Workload {
        let name = "web-\(number)-7d4b9c6f5-x2x\(number)"
        return Workload(
            key: Workload.key(ofContainer: name),
            identity: WorkloadIdentity(
                isHost: false, name: name, namespace: "shop-\(number % 5)", containerName: "web",
                labels: [
                    "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop-\(number)",
                    "pod-template-hash": "7d4b9c6f5",
                ]),
            containerID: String(repeating: "9f86d081884c7d65", count: 4),
            containerImage: "registry.example.com/shop/web:1.27.\(number)@sha256:9f86d081884c7d659a2feaa0c55ad015")
    }

    /// The node that the events come from, with rules whose decisions an enforcer reports.
    static func pipeline(visibility: UInt32 = 0x1f) -> EventPipeline {
        let workloads = WorkloadRegistry(host: .host(name: "node-1"))
        let history = RuleHistory()
        let policies = PolicyParser.parse(policy, file: "bench.yaml").policies
        let rules = ActiveRules(
            generation: 3, ruleSet: RuleSet.resolve(policies: policies, postures: Postures()),
            enforcement: Enforcement(
                unheldRules: [], auditsRules: true, appliesPosture: true, enforcerName: "bpflsm"))
        history.append(rules, workload: Workload.hostKey)
        for number in 0..<containers {
            workloads.upsert(container(number))
            history.append(rules, workload: container(number).key)
        }
        return EventPipeline(
            settings: EventSettings(
                node: NodeIdentity(
                    clusterName: "default", hostName: "node-1", nodeID: "2f0f8d8dd7f34c1f8f6d5e0b9a6c3e11"),
                kubearmorVersion: "v0.1.0", hostVisibility: visibility, containerVisibility: visibility),
            workloads: workloads, history: history)
    }

    private static let policy = """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorHostPolicy
        metadata: {name: hsp-block-package-managers}
        spec:
          nodeSelector: {matchLabels: {kubernetes.io/hostname: node-1}}
          process: {matchPaths: [{path: /usr/bin/apt-get}, {path: /usr/bin/curl}]}
          file: {matchDirectories: [{dir: /var/lib/app/, recursive: true}]}
          severity: 5
          tags: [NIST_800-53_CM-7(5), MITRE_T1059, PCI_DSS]
          message: Package managers are not to be run in production
          action: Block
        """
}

/// A generator of which the same seed gives the same numbers everywhere.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
