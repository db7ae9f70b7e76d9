// SPDX-License-Identifier: Apache-2.0
import Daemon
import Events
import Synchronization
import Testing
import Workloads

@Suite("Containers that do not run, and whose rules wait in the kernel")
struct PreparedContainersTests {
    @Test("An enforcer that knows containers by name has the rules of those that policies name before they are there")
    func prepared() throws {
        let enforcer = FakeEnforcer(["file.path", "audit", "posture", "bind.profile"])
        let fixture = try ControllerFixture(enforcer)
        let name = String(repeating: "a", count: 12)
        try fixture.directory.write("a.yaml", ControllerFixture.naming("db,\(name),web*"))
        fixture.controller.reload()
        #expect(enforcer.names.withLock { $0 } == [])
        fixture.controller.prepareContainers()
        #expect(enforcer.names.withLock { $0 } == [name, "db"])
        #expect(fixture.objects == ["/etc/shadow"])
        let waiting = Workload.prepared(name)
        #expect(fixture.controller.inForce(waiting.key)?.policies == ["named"])
        // It comes: its events have rules from the first on, and the name is its own.
        let found = ContainerCgroup(runtime: "docker", id: String(repeating: "a", count: 64), cgroup: 7)
        let container = Workload.container(found)
        fixture.controller.add(container, cgroup: 7)
        #expect(enforcer.names.withLock { $0.last } == name)
        #expect(fixture.controller.inForce(waiting.key) == nil)
        #expect(fixture.controller.inForce(container.key)?.ruleCount == 1)
        #expect(fixture.history.snapshot().newest(of: waiting.key) != nil)
        // It goes: the name waits again, before what was its own is removed.
        fixture.controller.remove(container)
        #expect(fixture.controller.inForce(waiting.key)?.ruleCount == 1)
        #expect(enforcer.names.withLock { $0.last } == name)
        #expect(enforcer.removed.withLock { $0.last } == container.key)
        // A change reaches those that wait; what is named no more goes.
        try fixture.directory.write("a.yaml", ControllerFixture.naming("[db]", path: "/etc/passwd"))
        fixture.controller.reload()
        #expect(fixture.controller.inForce(waiting.key) == nil)
        #expect(enforcer.removed.withLock { $0.last } == waiting.key)
        #expect(fixture.controller.inForce(Workload.prepared("db").key)?.ruleCount == 1)
        #expect(fixture.objects == ["/etc/passwd"])
    }

    private static let ofShop = """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorPolicy
        metadata: {name: of-shop, namespace: prod}
        spec:
          selector: {matchLabels: {app: shop}}
          file: {matchPaths: [{path: /etc/secret}]}
          action: Block
        """

    @Test("A container that a runtime is about to make has its rules before it is there, whatever selects it")
    func expected() throws {
        let fixture = try ControllerFixture(FakeEnforcer(["file.path", "bind.profile", "bind.label"]))
        try fixture.directory.write("of-shop.yaml", Self.ofShop)
        fixture.controller.reload()
        fixture.controller.prepareContainers()
        var report = ContainerReport(id: String(repeating: "a", count: 64))
        (report.name, report.pod, report.namespace, report.runtime) = ("web", "shop-1", "prod", "containerd")
        #expect(try fixture.controller.expect(.prepared(report)) == nil, "no policy selects it")
        report.labels = ["app": "shop"]
        let confinement = try fixture.controller.expect(.prepared(report))
        #expect(confinement?.profile == "kubearmor_prod.shop-1.web")
        #expect(confinement?.domain == "kubearmor_prod_shop_1_web_t")
        #expect(fixture.objects == ["/etc/secret"])
        #expect(fixture.enforcer.names.withLock { $0 } == ["prod.shop-1.web"])
        // It is there: what waited is its own.
        var known = KnownContainers()
        report.initPID = 7
        let place = ContainerCgroup(runtime: "containerd", id: report.id, cgroup: 5)
        guard case .appeared(let workload, let cgroup)? = known.report(report, by: "cri", place: place).changes.first
        else {
            Issue.record("it has not appeared")
            return
        }
        fixture.controller.add(workload, cgroup: cgroup)
        #expect(fixture.enforcer.removed.withLock { $0 } == [Workload.prepared(report).key])
        #expect(fixture.controller.inForce(workload.key)?.policies == ["of-shop"])
    }

    @Test("Nothing waits in the kernel for a container that is to be made: its runtime is told")
    func expectedInVain() throws {
        let fixture = try ControllerFixture(FakeEnforcer(["file.path", "bind.profile"]))
        try fixture.directory.write("of-shop.yaml", Self.ofShop)
        fixture.controller.reload()
        var report = ContainerReport(id: "box")
        report.labels = ["app": "shop", "kubearmor.io/namespace": "prod"]
        fixture.enforcer.refuses.store(true, ordering: .relaxed)
        #expect(throws: PreparationFailure.self) { try fixture.controller.expect(.prepared(report)) }
        fixture.enforcer.refuses.store(false, ordering: .relaxed)
        #expect(try fixture.controller.expect(.prepared(report))?.profile == "kubearmor_box")
        let other = try ControllerFixture(FakeEnforcer(["file.path", "bind.cgroup"]))
        #expect(try other.controller.expect(.prepared(report)) == nil)
    }

    @Test("An enforcer that knows containers by their cgroups is told of them when they are there")
    func notPrepared() throws {
        let fixture = try ControllerFixture()
        try fixture.directory.write("a.yaml", ControllerFixture.naming("db"))
        fixture.controller.prepareContainers()
        fixture.controller.reload()
        #expect(fixture.enforcer.names.withLock { $0 } == [])
        #expect(fixture.controller.inForce(Workload.prepared("db").key) == nil)
    }
}
