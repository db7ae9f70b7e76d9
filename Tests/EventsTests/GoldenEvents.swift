// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
import PluginABI
import Policy
import Workloads

/// Events of every sort, and the node on which they happen: what ``GoldenTests`` makes lines of.
enum GoldenEvents {
    static let container = Workload(
        key: 77,
        identity: WorkloadIdentity(
            isHost: false, name: "web-7d4b9", namespace: "shop", containerName: "nginx",
            labels: ["app": "web", "tier": "front \"end\""]),
        containerID: String(repeating: "0f", count: 32), containerImage: "docker.io/library/nginx:1.27@sha256:ab")

    static let settings = EventSettings(
        node: NodeIdentity(clusterName: "default", hostName: "web-1", nodeID: "9be6"), kubearmorVersion: "v0.1.0",
        hostVisibility: 0x1f, containerVisibility: 0x6)

    static func history() -> RuleHistory {
        let rules = Rules.set(
            "no-apt",
            """
            process: {matchPaths: [{path: /usr/bin/apt}, {path: /usr/bin/dd}]}
            file: {matchPaths: [{path: /etc/shadow}], matchDirectories: [{dir: /srv/, recursive: true}]}
            action: Block
            severity: 5
            tags: [NIST, SI-4]
            message: "no packages here, \\"ever\\""
            """)
        let history = Rules.history([(9, rules, Rules.allHeld)])
        let judged = Rules.set(
            "watch", "file: {matchPaths: [{path: /etc/passwd}]}\naction: Audit\nseverity: 1\ntags: [T1]")
        history.append(
            ActiveRules(generation: 4, ruleSet: judged, enforcement: Rules.noneHeld(judged)), workload: container.key)
        return history
    }

    /// Every event with the plugin that tells of it.
    static var all: [(plugin: String, event: EventBuilder)] {
        decisions + observations + strange.map { ("ebpf", $0) }
    }

    /// Events that follow each other and come from one plugin.
    static func runs(together: Bool) -> [(plugin: String, events: [EventBuilder])] {
        all.reduce(into: []) { runs, next in
            if together, let last = runs.last, last.plugin == next.plugin {
                runs[runs.count - 1].events.append(next.event)
            } else {
                runs.append((next.plugin, [next.event]))
            }
        }
    }

    private static func event(
        _ operation: UInt32, _ accessClass: AccessClass, _ change: (inout EventBuilder) -> Void = { _ in }
    ) -> EventBuilder {
        var event = EventBuilder(operation: operation, class_: accessClass)
        event.raw.exec_id = 77
        event.raw.session = 77
        event.comm = "bash"
        event.raw.pid = 41
        change(&event)
        return event
    }

    private static var exec: EventBuilder {
        event(KUBEARMOR_OPERATION_EXEC, .process) {
            $0.arguments = ["apt", "update", "-y"]
            $0.hook = "lsm=SECURITY_BPRM_CHECK"
        }
    }

    private static var open: EventBuilder {
        event(KUBEARMOR_OPERATION_OPEN, .file) {
            $0.process = "/usr/bin/cat"
            $0.resource = "/etc/shadow"
            $0.arguments = ["cat", "/etc/shadow"]
            $0.hook = "syscall=SYS_OPENAT"
            $0.raw.flags = 0o2_000_000
        }
    }

    private static var decisions: [(plugin: String, event: EventBuilder)] {
        var events: [(String, EventBuilder)] = []
        let rules: [UInt32] = [
            1, 2, 3, 4, 5, 99, KUBEARMOR_RULE_ID_POSTURE, KUBEARMOR_RULE_ID_GUARD, KUBEARMOR_RULE_ID_FAULT,
        ]
        for (index, rule) in rules.enumerated() {
            for action in [KUBEARMOR_ACTION_BLOCK, KUBEARMOR_ACTION_AUDIT] {
                var event = index % 2 == 0 ? exec : open
                event.raw.rule = rule
                event.raw.action = action
                event.raw.generation = 9
                event.raw.result = action == KUBEARMOR_ACTION_AUDIT ? Int32(index % 3) : -EPERM * Int32(index % 2)
                events.append((["bpflsm", "apparmor", "selinux", "other"][index % 4], event))
            }
        }
        for values in [[("MaxAlertsPerSec", "10"), ("DroppingAlertsInterval", "30")], [("Suppressed", "7")]] {
            var event = event(KUBEARMOR_OPERATION_THROTTLE, .file)
            event.values = values.map { (key: $0.0, value: $0.1) }
            event.raw.rule = 1
            event.raw.generation = 9
            events.append(("bpflsm", event))
        }
        return events
    }

    private static var observations: [(plugin: String, event: EventBuilder)] {
        var events: [EventBuilder] = [exec, open, event(KUBEARMOR_OPERATION_EXIT, .process)]
        for operation in KUBEARMOR_OPERATION_CREATE...KUBEARMOR_OPERATION_UMOUNT {
            events.append(
                event(operation, .file) {
                    $0.resource = "/srv/data \(operation)"
                    $0.target = operation % 2 == 0 ? "new=name" : ""
                    $0.hook = operation % 3 == 0 ? "" : "syscall=SYS_\(operation)"
                    $0.raw.result = operation % 4 == 0 ? -ENOENT : 0
                })
        }
        for operation in KUBEARMOR_OPERATION_SOCKET...KUBEARMOR_OPERATION_SENDMSG {
            events.append(
                event(operation, .network) {
                    $0.resource = "remoteip=10.0.0.\(operation) port=443 protocol=TCP"
                    $0.hook = "kprobe=tcp_connect"
                    $0.values = [("domain", "AF_INET"), ("", "x"), ("été", "a=b c"), ("type", "")]
                    $0.raw.flags = 2 | 1 << 8 | 6 << 16
                })
        }
        events.append(event(KUBEARMOR_OPERATION_CAPABLE, .capability) { $0.resource = "cap_net_raw" })
        events.append(event(KUBEARMOR_OPERATION_DNS_QUERY, .dns) { $0.resource = "example.com" })
        events.append(event(KUBEARMOR_OPERATION_SYSCALL, .syscall) { $0.resource = "ptrace" })
        var passwd = open
        passwd.resource = "/etc/passwd"
        events.append(passwd)
        let inContainer = events.map { event in
            var event = event
            event.raw.workload = container.key
            return event
        }
        return (events + inContainer).map { ("ebpf", $0) }
    }

    private static var strange: [EventBuilder] {
        let changes: [(inout EventBuilder) -> Void] = [
            { $0.resource = "../x/./y//z" }, { $0.resource = "" }, { $0.resource = "relative" },
            { $0.resourceBytes = Array("/tmp/".utf8) + [0xff, 0xc3, 0x28, 0xf4, 0x8f, 0xbc, 0x80] },
            { $0.process = "" }, { $0.parent = "" }, { $0.cwd = "" }, { $0.tty = "" },
            { $0.arguments = ["one"] }, { $0.arguments = [] }, { $0.arguments = ["a", "", "b c", "\u{1}\n\""] },
            { $0.raw.uid = 1000 }, { $0.raw.session = 0 }, { $0.raw.session = .max }, { $0.raw.pid = 0 },
            { $0.raw.workload = 5 }, { $0.raw.time_ns = 1_687_868_507_000_000_000 },
            { $0.raw.time_ns = 67_492_068_000 }, { $0.raw.result = -4000 }, { $0.raw.result = .min },
            { $0.raw.result = 3 }, { $0.raw.flags = 0o102_001 | 0o1000 }, { $0.hook = "syscall=X flags=7" },
            { $0.raw.class_ = 40 }, { $0.raw.class_ = 7 }, { $0.target = "/a b" },
            { $0.raw.result = -EACCES }, { $0.resource = String(repeating: "/ä\\x", count: 900) },
        ]
        return changes.flatMap { change in
            [exec, open].map { event in
                var event = event
                change(&event)
                return event
            }
        }
    }
}
