// SPDX-License-Identifier: Apache-2.0
import Daemon
import Events
import Glibc
import Logging
import PluginABI
import Plugins
import Policy
import Synchronization
import Testing
import Workloads

private func policy(_ name: String, path: String, action: String = "Block", host: String = "web-1") -> String {
    """
    apiVersion: security.kubearmor.com/v1
    kind: KubeArmorHostPolicy
    metadata:
      name: \(name)
    spec:
      nodeSelector:
        matchLabels:
          kubernetes.io/hostname: \(host)
      file:
        matchPaths:
          - path: \(path)
      action: \(action)

    """
}

@Suite struct PolicyControllerTests {
    @Test("what an earlier daemon left is kept when it is the same, and replaced when it is not")
    func adopts() throws {
        let first = try ControllerFixture()
        try first.directory.write("secret.yaml", policy("secret", path: "/etc/shadow"))
        first.controller.reload()
        let applied = try #require(first.enforcer.applications.first)
        for (digest, applications) in [(applied.rules.digest, 0), (applied.rules.digest &+ 1, 1)] {
            let second = try ControllerFixture()
            second.enforcer.left.withLock { $0 = [1: RuleSetInForce(generation: 77, digest: digest)] }
            try second.directory.write("secret.yaml", policy("secret", path: "/etc/shadow"))
            second.controller.reload()
            #expect(second.enforcer.applications.count == applications)
            #expect((second.controller.inForce(1)?.generation == 77) == (applications == 0))
            #expect(second.history.snapshot().newest(of: 1)?.ruleSet.rules.count == 1)
        }
    }

    @Test("Files come into force, change and go with their files")
    func lifeOfAFile() throws {
        let fixture = try ControllerFixture()
        fixture.controller.reload()
        #expect(fixture.objects == [])
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        try fixture.directory.write("b.yml", policy("b", path: "/etc/passwd"))
        try fixture.directory.write("notes.txt", "not a policy")
        fixture.controller.reload()
        #expect(fixture.objects.sorted() == ["/etc/passwd", "/etc/shadow"])
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/gshadow"))
        fixture.controller.reload()
        #expect(fixture.objects.sorted() == ["/etc/gshadow", "/etc/passwd"])
        try fixture.directory.remove("b.yml")
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/gshadow"])
        let generations = fixture.enforcer.applications.map(\.generation)
        #expect(generations == generations.sorted())
        #expect(Set(generations).count == generations.count)
    }

    @Test("A broken file keeps its last good version in force and says where it is broken")
    func brokenFile() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        let broken = policy("a", path: "/etc/passwd").replacing("action: Block", with: "action: Blok")
        try fixture.directory.write("a.yaml", broken)
        fixture.controller.reload()
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/shadow"])
        #expect(fixture.enforcer.applications.count == 1)
        #expect(fixture.messages.all.count == 1)
        #expect(fixture.messages.all.first?.contains("\(fixture.directory.path)/a.yaml:12:") == true)
    }

    @Test("Equal rules are not applied again, whatever file they come from")
    func sameRules() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        #expect(fixture.enforcer.applications.count == 1)
    }

    @Test("Of one name in two files the later file counts")
    func sameName() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("same", path: "/etc/shadow"))
        try fixture.directory.write("b.yaml", policy("same", path: "/etc/passwd"))
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/passwd"])
    }

    @Test("A missing directory takes nothing out of force")
    func missingDirectory() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        let aside = "\(fixture.directory.path)-aside"
        try #require(rename(fixture.directory.path, aside) == 0)
        defer { TemporaryDirectory.remove(aside) }
        fixture.controller.reload()
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/shadow"])
        #expect(fixture.messages.all.count == 1)
    }

    @Test("What the enforcer refuses leaves the old rules in force, and is tried again at the next change")
    func refusal() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        let first = try #require(fixture.controller.inForce(Workload.hostKey))
        fixture.enforcer.refuses.store(true, ordering: .relaxed)
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/passwd"))
        fixture.controller.reload()
        #expect(fixture.controller.inForce(Workload.hostKey) == first)
        #expect(fixture.history.snapshot().newest(of: Workload.hostKey)?.generation == first.generation)
        #expect(fixture.messages.all.last?.contains("no space in the table") == true)
        fixture.enforcer.refuses.store(false, ordering: .relaxed)
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/passwd"])
    }

    @Test("A container gets the rules of the policies that select it, and loses them when it goes")
    func containers() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write(
            "a.yaml",
            """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorPolicy
            metadata: {name: of-one}
            spec:
              selector: {matchLabels: {kubearmor.io/container.name: aaaaaaaaaaaa}}
              file: {matchPaths: [{path: /etc/shadow}]}
              action: Block
            """)
        fixture.controller.reload()
        let ids = ["a", "b"].map { String(repeating: $0, count: 64) }
        let found = ids.map { ContainerCgroup(runtime: "docker", id: $0, cgroup: 7) }
        let containers = found.map { Workload.container($0) }
        for container in containers { fixture.controller.add(container, cgroup: 7) }
        #expect(fixture.enforcer.bound.withLock { $0 } == containers.map(\.key))
        #expect(fixture.controller.inForce(containers[0].key)?.policies == ["of-one"])
        #expect(fixture.controller.inForce(containers[0].key)?.ruleCount == 1)
        #expect(fixture.controller.inForce(containers[1].key)?.ruleCount == 0)
        fixture.controller.remove(containers[0])
        #expect(fixture.enforcer.removed.withLock { $0 } == [containers[0].key])
        #expect(fixture.controller.inForce(containers[0].key) == nil)
        // Events under way still find what decided them.
        #expect(fixture.history.snapshot().newest(of: containers[0].key) != nil)
        fixture.controller.forget(containers[0].key)
        #expect(fixture.history.snapshot().newest(of: containers[0].key) == nil)
    }

    @Test("Containers with the same rules share what was compiled of them, until the policies change")
    func sharedRules() throws {
        let fixture = try ControllerFixture(FakeEnforcer(["file.path", "automaton"]))
        let text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorPolicy
            metadata: {name: of-all}
            spec:
              selector: {matchLabels: {kubearmor.io/container.name: "*"}}
              file: {matchPaths: [{path: /etc/shadow}]}
              action: Block
            """
        try fixture.directory.write("a.yaml", text)
        fixture.controller.reload()
        let before = fixture.enforcer.examined.load(ordering: .relaxed)
        for (number, name) in ["a", "b", "c"].enumerated() {
            let container = Workload.container(
                ContainerCgroup(runtime: "docker", id: String(repeating: name, count: 64), cgroup: UInt64(number) + 7))
            fixture.controller.add(container, cgroup: UInt64(number) + 7)
        }
        #expect(fixture.enforcer.examined.load(ordering: .relaxed) == before + 1)
        #expect(Set(fixture.enforcer.applications.suffix(3).map(\.rules.digest)).count == 1)
        try fixture.directory.write("a.yaml", text.replacing("shadow", with: "gshadow"))
        fixture.controller.reload()
        #expect(fixture.enforcer.examined.load(ordering: .relaxed) == before + 2)
        #expect(fixture.objects == ["/etc/gshadow"])
    }

    @Test("A container that is gone gets no rules any more, whatever changes")
    func gone() throws {
        let fixture = try ControllerFixture()
        let found = ContainerCgroup(runtime: "docker", id: String(repeating: "a", count: 64), cgroup: 7)
        let container = Workload.container(found)
        try fixture.directory.write("a.yaml", ControllerFixture.naming("*"))
        fixture.controller.reload()
        fixture.controller.add(container, cgroup: 7)
        fixture.controller.remove(container)
        try fixture.directory.write("a.yaml", ControllerFixture.naming("*", path: "/etc/passwd"))
        fixture.controller.reload()
        #expect(fixture.controller.inForce(container.key) == nil)
        #expect(fixture.enforcer.applications.last.map(ControllerFixture.objects) == ["/etc/shadow"])
    }

    @Test("What an earlier daemon left for workloads that are gone is taken out of force")
    func leftovers() throws {
        let enforcer = FakeEnforcer()
        enforcer.left.withLock {
            $0 = [17: RuleSetInForce(generation: 3, digest: 4), 18: RuleSetInForce(generation: 3, digest: 4)]
        }
        let fixture = try ControllerFixture(enforcer)
        fixture.controller.reload()
        fixture.controller.removeLeftovers()
        fixture.controller.removeLeftovers()
        #expect(enforcer.removed.withLock { $0.sorted() } == [17, 18])
    }

    @Test("A path through a symbolic link is named, with where it leads")
    func symbolicLinks() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "text")
        let real = try #require(realpath(directory.path, nil).map { String(cString: $0) })
        try #require(symlink(real, "\(real)/link") == 0)
        var links = LinkedPaths()
        #expect(links.place(of: "\(real)/link/file") == "\(real)/file")
        #expect(links.place(of: "\(real)/link/link/none") == "\(real)/none")
        #expect(links.place(of: "\(real)/link/") == "\(real)/")
        #expect(links.place(of: "\(real)/file") == nil)
        #expect(links.place(of: "\(real)/none/below/") == nil)
        #expect(links.place(of: "/") == nil)
    }

    @Test("Policies of other hosts, of containers and of kinds that are off are not in force")
    func selection() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("other.yaml", policy("other", path: "/etc/shadow", host: "web-2"))
        fixture.controller.reload()
        #expect(fixture.objects == [])
        try fixture.directory.write("this.yaml", policy("this", path: "/etc/shadow"))
        fixture.controller.reload()
        #expect(fixture.objects == ["/etc/shadow"])
        fixture.controller.update(settings: PolicySettings(enablesHostPolicy: false))
        #expect(fixture.objects == [])
    }

    @Test("Postures reach the enforcer with an allow list, and a change of them alone does too")
    func postures() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/passwd", action: "Allow"))
        fixture.controller.reload()
        let file = Int(KUBEARMOR_CLASS_FILE)
        #expect(fixture.enforcer.applications.last?.rules.postures[file] == KUBEARMOR_ACTION_AUDIT)
        fixture.controller.update(settings: PolicySettings(hostPostures: Postures(file: .block)))
        let image = try #require(fixture.enforcer.applications.last?.rules)
        #expect(image.postures[file] == KUBEARMOR_ACTION_BLOCK)
        image.withRuleSet { set in
            #expect(set.pointee.rule_count == 1)
            #expect(set.pointee.posture.1 == KUBEARMOR_ACTION_BLOCK)
            #expect(set.pointee.automaton == nil)
        }
    }

    @Test("Only an enforcer that wants it gets an automaton")
    func automaton() throws {
        let fixture = try ControllerFixture(FakeEnforcer(["automaton", "file.path", "audit", "posture", "events"]))
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        #expect(fixture.enforcer.applications.last?.rules.automaton.isEmpty == false)
        #expect(fixture.controller.inForce(Workload.hostKey)?.judgedClasses == 0)
    }

    @Test("Classes with rules that the enforcer cannot hold are judged from observations")
    func judgedClasses() throws {
        let fixture = try ControllerFixture(FakeEnforcer([]))
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        #expect(fixture.controller.inForce(Workload.hostKey)?.judgedClasses == 1 << KUBEARMOR_CLASS_FILE)
    }

    @Test("A watched directory is in force without being asked, also after it was replaced")
    func watched() throws {
        let fixture = try ControllerFixture()
        let controller = fixture.controller
        let watch = try DirectoryWatch(path: fixture.directory.path) { controller.reload() }
        try watch.start()
        defer { watch.stop() }
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        #expect(fixture.enforcer.next().map(ControllerFixture.objects) == ["/etc/shadow"])
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/passwd"))
        #expect(fixture.enforcer.next().map(ControllerFixture.objects) == ["/etc/passwd"])
        let other = try TemporaryDirectory()
        try other.write("b.yaml", policy("b", path: "/etc/hosts"))
        let aside = "\(fixture.directory.path)-aside"
        try #require(rename(fixture.directory.path, aside) == 0)
        try #require(rename(other.path, fixture.directory.path) == 0)
        defer { TemporaryDirectory.remove(aside) }
        #expect(fixture.enforcer.next().map(ControllerFixture.objects) == ["/etc/hosts"])
    }

    @Test("how the enforcer holds each rule is its own word; what it does not hold is judged from what monitors see")
    func holdings() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        try fixture.directory.write("b.yaml", policy("b", path: "/etc/passwd"))
        fixture.enforcer.answer.withLock {
            $0 = [
                RuleHolding(rule: 1, hold: .stricter, reason: "as asked"),
                RuleHolding(rule: 2, hold: .audited, reason: "as asked"),
            ]
        }
        fixture.controller.reload()
        let inForce = try #require(fixture.controller.inForce(1))
        #expect(inForce.rules.holdings.map(\.hold) == [.stricter, .audited])
        #expect(inForce.judgedClasses != 0)
        #expect(fixture.history.snapshot().newest(of: 1)?.enforcement.unheldRules == [2])
    }

    @Test("an enforcer without a word of its own is known by its capabilities; one that is permissive holds nothing")
    func holdingsByCapabilities() throws {
        for (words, holds): (Set<String>, [RuleHolding.Hold]) in [
            (["file.path", "audit", "posture"], [.enforced]), (["file.directory"], [.audited]),
            (["file.path", "permissive"], [.audited]),
        ] {
            let fixture = try ControllerFixture(FakeEnforcer(words))
            try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
            fixture.controller.reload()
            let found = fixture.controller.inForce(1)?.rules.holdings ?? []
            #expect(found.map(\.hold) == holds)
            #expect(found.allSatisfy { $0.hold == .enforced || !$0.reason.isEmpty })
        }
    }

    @Test("policy status says of each rule where it stands, for whom, and how it is held")
    func policyStatus() throws {
        let fixture = try ControllerFixture(FakeEnforcer(["file.directory"]))
        try fixture.directory.write("a.yaml", policy("a", path: "/etc/shadow"))
        fixture.controller.reload()
        let status = try #require(fixture.controller.inForce(1)).rules.status(of: ["host"], under: "fake")
        let text = status.text(isComplete: false)
        #expect(text.contains("audited only"))
        #expect(text.contains("Block file.path /etc/shadow"))
        #expect(text.contains("a.yaml:11:9"))
        #expect(text.contains("the enforcer fake lacks file.path"))
        #expect(text.hasSuffix("1 rules under fake: 1 audited only"))
        let read = PolicyStatus(json: status.json)
        #expect(read == status)
    }

    @Test("a daemon that starts over a broken file, or no directory, goes on with what the one before it had read")
    func lastGoodOfEarlierDaemon() throws {
        let run = try TemporaryDirectory()
        let files = try TemporaryDirectory()
        let good = LastGoodFiles(runDirectory: run.path, policyDirectory: files.path)
        func controller() -> (PolicyController, FakeEnforcer) {
            let enforcer = FakeEnforcer()
            let controller = PolicyController(
                directory: files.path, lastGood: good, settings: PolicySettings(), enforcer: enforcer,
                workloads: WorkloadRegistry(host: .host(name: "web-1")), history: RuleHistory(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) { _, _ in }
            return (controller, enforcer)
        }
        try files.write("a.yaml", policy("a", path: "/etc/shadow"))
        try files.write("b.yaml", policy("b", path: "/etc/passwd"))
        controller().0.reload()
        try files.write("a.yaml", "kind: [")
        try files.remove("b.yaml")
        let (second, enforcer) = controller()
        second.reload()
        #expect(second.inForce(1)?.policies == ["a"])
        #expect(enforcer.applications.last.map(ControllerFixture.objects) == ["/etc/shadow"])
        rename(files.path, "\(files.path).away")
        let (third, _) = controller()
        third.reload()
        #expect(third.inForce(1)?.policies == ["a"])
        rename("\(files.path).away", files.path)
        try files.write("a.yaml", policy("c", path: "/etc/group"))
        third.reload()
        #expect(third.inForce(1)?.policies == ["c"])
    }
}
