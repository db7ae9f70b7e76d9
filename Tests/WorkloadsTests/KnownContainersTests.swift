// SPDX-License-Identifier: Apache-2.0
import Glibc
import Policy
import Testing
import Workloads

private let hex = String(repeating: "0123456789abcdef", count: 4)
private let other = String(repeating: "f", count: 64)

@Suite("Containers are what the cgroup tree shows, named by what sources say")
struct KnownContainersTests {
    private var known = KnownContainers()

    private func report(
        _ id: String, name: String = "", pid: UInt32 = 7, _ more: (inout ContainerReport) -> Void = { _ in }
    ) -> ContainerReport {
        var report = ContainerReport(id: id)
        (report.name, report.initPID, report.runtime) = (name, pid, "containerd")
        more(&report)
        return report
    }

    private func place(_ id: String, _ cgroup: UInt64) -> ContainerCgroup {
        ContainerCgroup(runtime: "containerd", id: id, cgroup: cgroup)
    }

    /// What became of containers, a word each.
    private func words(_ changes: [KnownContainers.Change]) -> [String] {
        changes.map { change in
            switch change {
            case .appeared(let workload, let cgroup): "+\(workload.identity.name)@\(cgroup)"
            case .changed(let old, let new, let cgroup): "\(old.identity.name)>\(new.identity.name)@\(cgroup)"
            case .disappeared(let workload, let cgroup): "-\(workload.identity.name)@\(cgroup)"
            }
        }
    }

    @Test("KubeArmor's conventions: name label, namespace label, and the pod's name is the container's")
    mutating func conventions() throws {
        let (changes, refusal) = known.report(
            report("box", name: "web") {
                $0.image = "nginx:1@sha256:ab"
                $0.labels = ["app": "shop", "kubearmor.io/namespace": "prod", "kubearmor.io/container.name": "other"]
            }, by: "containerd", place: place("box", 5))
        #expect(refusal == nil)
        guard case .appeared(let workload, 5) = try #require(changes.first) else { return #expect(Bool(false)) }
        #expect(workload.identity.namespace == "prod" && workload.identity.name == "web")
        #expect(workload.identity.containerName == "web" && !workload.identity.isHost)
        #expect(workload.labelText == "app=shop,kubearmor.io/container.name=web,kubearmor.io/namespace=prod")
        #expect(workload.containerImage == "nginx:1@sha256:ab" && workload.containerID == "box")
        #expect(workload.key == Workload.key(ofContainer: "box"))
    }

    @Test("Without a runtime a container goes by the digits of its id, and by its name once a source tells")
    mutating func namedLater() {
        #expect(words(known.found([place(hex, 5)])) == ["+0123456789ab@5"])
        let told = report(hex, name: "web")
        #expect(words(known.report(told, by: "docker", place: place(hex, 5)).changes) == ["0123456789ab>web@5"])
        #expect(known.report(told, by: "docker", place: place(hex, 5)).changes.isEmpty)
        #expect(known.found([place(hex, 5)]).isEmpty)
    }

    @Test("What a source says comes before the cgroup is seen, or after it")
    mutating func order() {
        #expect(known.report(report(hex, name: "web", pid: 0), by: "docker", place: nil).changes.isEmpty)
        #expect(words(known.found([place(hex, 5)])) == ["+web@5"])
    }

    @Test("A container is there until its cgroup is gone, and keeps its name until then, whatever a source says")
    mutating func life() {
        _ = known.report(report("box"), by: "containerd", place: place("box", 5))
        #expect(known.withdraw("box", by: "containerd").isEmpty)
        #expect(known.withdraw("box", by: "containerd").isEmpty)
        #expect(known.found([place("box", 5)]).isEmpty)
        #expect(words(known.found([])) == ["-box@5"])
    }

    @Test("A name that is used again is another container")
    mutating func reusedName() {
        _ = known.report(report("box") { $0.image = "old" }, by: "containerd", place: place("box", 5))
        #expect(words(known.found([])) == ["-box@5"])
        let again = report("box") { $0.image = "new" }
        let (changes, _) = known.report(again, by: "containerd", place: place("box", 9))
        #expect(words(changes) == ["+box@9"])
        guard case .appeared(let workload, _) = changes[0] else { return }
        #expect(workload.containerImage == "new")
    }

    @Test("A container that is restarted has another cgroup, under which it is put at once")
    mutating func restarted() {
        _ = known.found([place(hex, 5)])
        #expect(words(known.found([place(hex, 9)])) == ["-0123456789ab@5", "+0123456789ab@9"])
    }

    @Test("Rules that go with an old cgroup are put on one of the same container that is left")
    mutating func twins() {
        _ = known.found([place(hex, 5), place(hex, 9)])
        #expect(words(known.found([place(hex, 9)])) == ["-0123456789ab@5", "+0123456789ab@9"])
    }

    @Test("A cgroup that is another container's is nobody else's, whatever a source says")
    mutating func stolen() {
        _ = known.found([place(hex, 5)])
        let (changes, refusal) = known.report(report("box"), by: "liar", place: place("box", 5))
        #expect(changes.isEmpty)
        #expect(refusal?.contains("is that of container") == true)
        #expect(known.cgroups[5]?.id == hex)
    }

    @Test("After a gap what is not told of again is withdrawn, and nothing before")
    mutating func resync() {
        known.began("containerd")
        for (id, cgroup) in [("a", 5), ("b", 6)] as [(String, UInt64)] {
            _ = known.report(report(id, name: "name-\(id)"), by: "containerd", place: place(id, cgroup))
        }
        #expect(known.synced("containerd").isEmpty)
        known.began("containerd")
        _ = known.report(report("a", name: "name-a"), by: "containerd", place: place("a", 5))
        // The connection breaks again before all was told.
        known.began("containerd")
        _ = known.report(report("a", name: "name-a"), by: "containerd", place: place("a", 5))
        #expect(known.count(toldBy: "containerd") == 2)
        #expect(known.synced("containerd").isEmpty)
        #expect(known.count(toldBy: "containerd") == 1)
        #expect(words(known.found([place("a", 5)])) == ["-name-b@6"])
    }

    @Test("Of several sources the one that knows most is believed, and what it lacks is taken from the others")
    mutating func several() throws {
        _ = known.report(
            report(hex) {
                $0.image = "nginx:1"
                $0.root = "/run/x"
            }, by: "containerd", place: place(hex, 5))
        let (changes, _) = known.report(
            report(hex, name: "web") { $0.labels = ["a": "b"] }, by: "docker", place: place(hex, 5))
        guard case .changed(_, let workload, 5) = try #require(changes.first) else { return #expect(Bool(false)) }
        #expect(workload.identity.name == "web" && workload.containerImage == "nginx:1")
        #expect(workload.details.root == "/run/x")
        // The other one goes: what it alone knew goes with it.
        guard case .changed(_, let left, 5) = try #require(known.withdraw(hex, by: "docker").first) else { return }
        #expect(left.identity.name == "0123456789ab" && left.containerImage == "nginx:1")
    }

    @Test("A container without a process is known and not looked for")
    mutating func stopped() {
        let stopped = report("box") { $0.state = .stopped }
        #expect(known.report(stopped, by: "containerd", place: place("box", 5)).changes.isEmpty)
        #expect(known.cgroups.isEmpty)
    }

    @Test("A source that tells of too many is not believed")
    mutating func limited() {
        for number in 0..<KnownContainers.limit {
            _ = known.report(report("c\(number)"), by: "liar", place: nil)
        }
        #expect(known.report(report("more"), by: "liar", place: nil).refusal != nil)
        #expect(known.report(report("other"), by: "docker", place: nil).refusal == nil)
        _ = known.withdraw("c0", by: "liar")
        #expect(known.report(report("more"), by: "liar", place: nil).refusal == nil)
    }
}

@Suite("A source is not taken at its word for where a container is")
struct ContainerPlaceTests {
    /// A tree and a procfs of a test's own.
    private final class World {
        let root: String

        init(_ cgroups: [String]) throws {
            root = "/tmp/kubearmor-place-\(getpid())-\(UInt32.random(in: 0..<(.max)))"
            for folder in ["", "/cgroup", "/proc"] + cgroups.map({ "/cgroup/\($0)" }) {
                try #require(mkdir(root + folder, 0o755) == 0, "\(folder)")
            }
            try process("self", "/system.slice/kubearmor.service")
            try process("1", "/init.scope")
        }

        deinit { system("rm -rf '\(root)'") }

        func process(_ name: String, _ cgroup: String) throws {
            try #require(mkdir("\(root)/proc/\(name)", 0o755) == 0)
            let opened = fopen("\(root)/proc/\(name)/cgroup", "we")
            let stream = try #require(opened)
            defer { fclose(stream) }
            fputs("1:cpu:/elsewhere\n0::\(cgroup)\n", stream)
        }

        func cgroup(of id: String, pid: UInt32, told: UInt64 = 0) throws(ContainerPlace.Refusal) -> String? {
            var report = ContainerReport(id: id)
            (report.initPID, report.cgroup) = (pid, told)
            let place = ContainerPlace(CgroupTree(root: "\(root)/cgroup"), procfs: "\(root)/proc")
            guard let found = try place.cgroup(of: report) else { return nil }
            return found.cgroup == inode("default/box") ? "default/box" : "\(found.cgroup)"
        }

        func inode(_ path: String) -> UInt64 {
            var status = stat()
            return stat("\(root)/cgroup/\(path)", &status) == 0 ? UInt64(status.st_ino) : 0
        }
    }

    @Test("The cgroup that bears the id is the container's, also when its process is further down")
    func found() throws {
        let world = try World(["default", "default/box", "default/box/init.scope"])
        try world.process("7", "/default/box")
        try world.process("8", "/default/box/init.scope")
        #expect(try world.cgroup(of: "box", pid: 7) == "default/box")
        #expect(try world.cgroup(of: "box", pid: 8) == "default/box")
        #expect(try world.cgroup(of: "moby/box", pid: 8) == "default/box")
        #expect(try world.cgroup(of: "box", pid: 0) == nil)
        #expect(try world.cgroup(of: "box", pid: 8, told: world.inode("default/box")) == "default/box")
    }

    @Test("A number that is another process's by now leads to no container")
    func reusedPID() throws {
        let world = try World(["default", "default/box", "user.slice"])
        try world.process("7", "/user.slice")
        #expect(throws: ContainerPlace.Refusal.noOwnCgroup(path: "/user.slice")) {
            try world.cgroup(of: "box", pid: 7)
        }
        #expect(throws: ContainerPlace.Refusal.gone) { try world.cgroup(of: "box", pid: 9) }
    }

    @Test("The root, the daemon's cgroups and the host's first process's are no container's")
    func hosts() throws {
        let world = try World(["system.slice", "system.slice/kubearmor.service", "init.scope"])
        try world.process("7", "/")
        try world.process("8", "/system.slice/kubearmor.service")
        #expect(throws: ContainerPlace.Refusal.noOwnCgroup(path: "/")) { try world.cgroup(of: "box", pid: 7) }
        #expect(throws: ContainerPlace.Refusal.sharedWithHost(path: "/system.slice")) {
            try world.cgroup(of: "system.slice", pid: 8)
        }
    }

    @Test("A cgroup in a place that others may write to is no container's, nor is another than the source tells")
    func refused() throws {
        let world = try World(["default", "default/box"])
        try world.process("7", "/default/box")
        #expect(throws: ContainerPlace.Refusal.otherCgroup(told: 1, found: world.inode("default/box"))) {
            try world.cgroup(of: "box", pid: 7, told: 1)
        }
        chmod("\(world.root)/cgroup/default", 0o777)
        #expect(throws: ContainerPlace.Refusal.notRoots(path: "\(world.root)/cgroup/default")) {
            try world.cgroup(of: "box", pid: 7)
        }
    }
}
