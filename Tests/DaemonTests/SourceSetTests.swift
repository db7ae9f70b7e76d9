// SPDX-License-Identifier: Apache-2.0
import Daemon
import Dispatch
import Glibc
import Logging
import Policy
import Synchronization
import Testing
import Workloads

/// A source that does what a test says.
private final class FakeSource: SourceControl {
    struct Gone: Error, CustomStringConvertible {
        let description = "the runtime is gone"
    }

    let name: String
    private let count = Atomic<Int>(0)
    private let closing = Atomic<Bool>(false)
    var runs: Int { count.load(ordering: .relaxed) }
    var isClosed: Bool { closing.load(ordering: .relaxed) }
    private let began = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)
    private let obeys: Bool
    private let failures: Int

    init(_ name: String, failures: Int = 0, obeys: Bool = true) {
        (self.name, self.failures, self.obeys) = (name, failures, obeys)
    }

    func run() throws {
        let run = count.add(1, ordering: .relaxed).newValue
        began.signal()
        if run <= failures { throw Gone() }
        end.wait()
    }

    func stop() throws { if obeys { end.signal() } }

    func close() throws { closing.store(true, ordering: .relaxed) }

    func hasBegun() -> Bool { began.wait(timeout: .now() + 10) == .success }
}

@Suite("Sources are kept at work, and apart from each other")
struct SourceSetTests {
    private func silent() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    @Test("A source that gives up is run again")
    func again() throws {
        let source = FakeSource("containerd", failures: 1)
        let set = SourceSet([source], reports: try SourceReports(), logger: silent())
        try set.start()
        #expect(source.hasBegun() && source.hasBegun())
        set.stop()
        #expect(source.runs == 2)
        #expect(source.isClosed)
    }

    @Test("A source that hangs holds up neither the others nor the daemon's end")
    func hangs() throws {
        let hanging = FakeSource("cri", obeys: false)
        let good = FakeSource("docker")
        let set = SourceSet([hanging, good], reports: try SourceReports(), logger: silent())
        try set.start()
        #expect(hanging.hasBegun() && good.hasBegun())
        let start = ContinuousClock.now
        set.stop()
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(good.isClosed)
        #expect(!hanging.isClosed)
    }

    @Test("A source that floods the daemon is told to say it again")
    func floods() throws {
        let reports = try SourceReports()
        var taken = 0
        while taken < 1_000_000, reports.post("liar", .removed(id: "x")) { taken += 1 }
        #expect(taken > 1000 && taken < 1_000_000)
        #expect(reports.post("liar", .synced))
    }
}

@Suite("The watch puts together what the tree shows and what sources say")
struct ContainerWatchTests {
    private final class Seen: Sendable {
        let changes = Mutex<[String]>([])

        func handlers() -> ContainerWatch.Handlers {
            ContainerWatch.Handlers(
                changed: { change in
                    let word =
                        switch change {
                        case .appeared(let workload, _): "+\(workload.identity.containerName)"
                        case .changed(_, let workload, _): "=\(workload.identity.containerName)"
                        case .disappeared(let workload, _): "-\(workload.identity.containerName)"
                        }
                    self.changes.withLock { $0.append(word) }
                }, expired: { _ in })
        }

        /// Waits until all of it was seen, in any order.
        func has(_ words: Set<String>) -> Bool {
            for _ in 0..<1000 {
                if words.isSubset(of: Set(changes.withLock { $0 })) { return true }
                usleep(10_000)
            }
            return false
        }
    }

    @Test("What sources know at the start is known before the first rule set is put into force")
    func start() throws {
        let directory = try TemporaryDirectory()
        let hex = String(repeating: "0123456789abcdef", count: 4)
        for name in ["cgroup", "cgroup/\(hex)", "cgroup/default", "cgroup/default/box", "proc", "proc/7"] {
            try #require(mkdir("\(directory.path)/\(name)", 0o755) == 0)
        }
        try directory.write("proc/7/cgroup", "0::/default/box\n")
        let reports = try SourceReports()
        let seen = Seen()
        let watch = try ContainerWatch(
            CgroupTree(root: "\(directory.path)/cgroup"), procfs: "\(directory.path)/proc", reports: reports,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, seen.handlers())
        var web = ContainerReport(id: hex)
        web.name = "web"
        var box = ContainerReport(id: "box")
        (box.name, box.initPID) = ("box", 7)
        reports.post("docker", .began)
        reports.post("docker", .told(web))
        reports.post("docker", .told(box))
        reports.post("docker", .synced)
        try watch.start(after: ["docker"])
        defer { watch.stop() }
        #expect(Set(seen.changes.withLock { $0 }) == ["+web", "+box"])
        rmdir("\(directory.path)/cgroup/default/box")
        #expect(seen.has(["-box"]))
        web.name = "shop"
        reports.post("docker", .told(web))
        #expect(seen.has(["=shop"]))
    }
}
