// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing
import Workloads

private let hex = String(repeating: "0123456789abcdef", count: 4)
private let other = String(repeating: "f", count: 64)

@Suite("Containers that a runtime's hook tells of")
struct HookedWorkloadTests {
    private var known = KnownContainers()

    private func report(
        _ id: String, name: String = "", _ more: (inout ContainerReport) -> Void = { _ in }
    ) -> ContainerReport {
        var report = ContainerReport(id: id)
        (report.name, report.initPID, report.runtime) = (name, 7, "containerd")
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

    private func held(_ id: String, _ more: (inout ContainerReport) -> Void = { _ in }) -> ContainerReport {
        report(id) {
            $0.state = .created
            more(&$0)
        }
    }

    @Test("A hook's word comes first, a source's completes it, and it stays one container")
    mutating func hookThenSource() {
        let told = held("box", { $0.labels = ["app": "shop"] })
        #expect(words(known.reportByHook(told, place: place("box", 5)).changes) == ["+box@5"])
        #expect(known.workload(ofCgroup: 5)?.details.wasHeld == true)
        #expect(known.workload(ofCgroup: 5)?.identity.labels["app"] == "shop")
        let source = report("box", name: "web") { $0.image = "shop:1" }
        #expect(words(known.report(source, by: "containerd", place: place("box", 5)).changes) == ["box>web@5"])
        #expect(known.workload(ofCgroup: 5)?.identity.labels["app"] == "shop")
        #expect(known.workload(ofCgroup: 5)?.details.wasHeld == true)
        #expect(known.found([place("box", 5)]).isEmpty)
        #expect(words(known.found([])) == ["-web@5"])
    }

    @Test("A hook gives a container that was seen by its cgroup its name")
    mutating func cgroupThenHook() {
        #expect(words(known.found([place(hex, 5)])) == ["+0123456789ab@5"])
        let told = held(hex, { $0.name = "web" })
        #expect(words(known.reportByHook(told, place: place(hex, 5)).changes) == ["0123456789ab>web@5"])
    }

    @Test("A second hook says the same, or is not believed")
    mutating func secondHook() {
        let told = held("box", { $0.labels = ["app": "shop"] })
        _ = known.reportByHook(told, place: place("box", 5))
        var again = told
        again.initPID = 9
        #expect(known.reportByHook(again, place: place("box", 5)).refusal == nil)
        again.labels = ["app": "other"]
        #expect(known.reportByHook(again, place: place("box", 5)).refusal != nil)
        #expect(known.workload(ofCgroup: 5)?.identity.labels["app"] == "shop")
    }

    @Test("What a hook told goes with the cgroup, also when the id is used again before that is seen")
    mutating func hookOfReusedID() {
        _ = known.reportByHook(held("box", { $0.labels = ["round": "1"] }), place: place("box", 5))
        _ = known.reportByHook(held("box", { $0.labels = ["round": "2"] }), place: place("box", 6))
        _ = known.found([place("box", 6)])
        #expect(known.workload(ofCgroup: 6)?.identity.labels["round"] == "2")
        #expect(known.workload(ofCgroup: 6)?.details.wasHeld == true)
        _ = known.found([])
        #expect(known.count(toldBy: KnownContainers.hook) == 0)
        #expect(words(known.found([place("box", 7)])) == ["+box@7"])
        #expect(known.workload(ofCgroup: 7)?.details.wasHeld == false)
    }

    @Test("What hooks told an earlier daemon is known before sources are heard, and put under rules after")
    mutating func hookOfEarlierDaemon() {
        let told = held("box", { $0.labels = ["app": "shop"] })
        known.remember([KnownContainers.hook: told], place: place("box", 5))
        let source = report("box", name: "web")
        #expect(words(known.report(source, by: "containerd", place: place("box", 5)).changes) == ["+web@5"])
        #expect(known.workload(ofCgroup: 5)?.identity.labels["app"] == "shop")
        #expect(known.placed(place("box", 5)).isEmpty)
        #expect(known.reportByHook(told, place: place("box", 5)).changes.isEmpty)
    }

    @Test("What a source told an earlier daemon holds until the source has told of everything again")
    mutating func sourceOfEarlierDaemon() {
        let told = ["containerd": report(hex, name: "web"), "docker": report(hex, name: "shop")]
        known.remember(told, place: place(hex, 5))
        known.remember(["containerd": report("box", name: "box")], place: place("box", 6))
        known.began("containerd")
        #expect(words(known.found([place(hex, 5)])) == ["+shop@5"])
        #expect(words(known.placed(place("box", 6))) == ["+box@6"])
        _ = known.report(report(hex, name: "web"), by: "containerd", place: place(hex, 5))
        #expect(known.synced("containerd").isEmpty)
        #expect(known.reports(of: "box").isEmpty)
        known.began("docker")
        #expect(words(known.synced("docker")) == ["shop>web@5"])
    }

    @Test("What nobody told of is put in no place")
    mutating func placedWithoutReport() {
        #expect(known.placed(place("box", 5)).isEmpty)
    }

    @Test("Labels of a pod are those that sources tell of its sandbox")
    mutating func sandbox() {
        _ = known.report(report(other) { $0.labels = ["tier": "back"] }, by: "containerd", place: nil)
        #expect(known.labels(ofSandbox: other) == ["tier": "back"])
        #expect(known.labels(ofSandbox: "").isEmpty)
    }
}
