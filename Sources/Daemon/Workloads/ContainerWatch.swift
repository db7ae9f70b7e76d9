// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
public import Logging
import Synchronization
public import Workloads

/// Tells of containers that come and go, from the directories of the cgroup hierarchy and from what sources say, on a
/// thread of its own.
public final class ContainerWatch: Sendable {
    /// What to do about them; called on the thread of the watch, of ``ContainerWatch/start(after:)`` at first.
    public struct Handlers: Sendable {
        let changed: @Sendable (KnownContainers.Change) -> Void
        /// A while after one disappeared, with its key: no event of it is under way any more.
        let expired: @Sendable (UInt64) -> Void
        /// Why what policies say of a workload is not in force; nil when it is.
        let failure: @Sendable (UInt64) -> String?

        public init(
            changed: @escaping @Sendable (KnownContainers.Change) -> Void,
            expired: @escaping @Sendable (UInt64) -> Void,
            failure: @escaping @Sendable (UInt64) -> String? = { _ in nil }
        ) {
            self.changed = changed
            self.expired = expired
            self.failure = failure
        }
    }

    /// The system refused to watch.
    public struct WatchError: Error, CustomStringConvertible {
        public let description: String
    }

    /// What only the thread of the watch touches.
    struct State {
        var known = KnownContainers()
        var gone: [(key: UInt64, since: UInt64)] = []
        /// Sources that have told what they know, or cannot.
        var heard: Set<String> = []
    }

    /// The hierarchy is looked through so often without having changed: inotify's queue may have overflowed.
    private static let idleMilliseconds: Int32 = 1000
    /// After which no event of a workload that is gone is under way.
    static let expiryNanoseconds: UInt64 = 10_000_000_000
    /// How long the first look waits for what sources know: with the names of before, what an earlier daemon left in
    /// force is taken over as it is.
    private static let syncNanoseconds: UInt64 = 2_000_000_000

    private let tree: CgroupTree
    let place: ContainerPlace
    let procfs: String
    let handlers: Handlers
    private let reports: SourceReports
    let hooked: HookedContainers?
    let hookCounters = HookCounters()
    let logger: Logger
    private let inotify: Int32
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter hooked: what hooks told earlier daemons
    public init(
        _ tree: CgroupTree, procfs: String = "/proc", reports: SourceReports, hooked: HookedContainers? = nil,
        logger: Logger, _ handlers: Handlers
    ) throws(WatchError) {
        self.tree = tree
        place = ContainerPlace(tree, procfs: procfs)
        self.procfs = procfs
        self.handlers = handlers
        self.reports = reports
        self.hooked = hooked
        self.logger = logger
        inotify = kubearmor_watch_open()
        guard inotify >= 0 else {
            throw WatchError(description: "\(SystemText.errno(-inotify)): raise fs.inotify.max_user_instances")
        }
    }

    deinit { close(inotify) }

    /// Tells of all containers that are there, then starts the thread; called once.
    ///
    /// - Parameter sources: those that are waited for, a short while
    public func start(after sources: Set<String> = []) throws {
        var state = State()
        let deadline = kubearmor_boottime_ns() + Self.syncNanoseconds
        let hooked = remember(&state)
        take(&state)
        while !state.heard.isSuperset(of: sources), kubearmor_boottime_ns() < deadline {
            reports.wait(alongside: inotify, milliseconds: 20)
            take(&state)
        }
        putUnderRules(hooked, &state)
        look(&state)
        let first = state
        try DedicatedThread.start(name: "containers") { self.run(first) }
    }

    /// Ends the thread and waits for it. Called once, after ``start(after:)``.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        reports.wake()
        finished.wait()
    }

    private func run(_ first: State) {
        var state = first
        while !isStopping.load(ordering: .acquiring) {
            reports.wait(alongside: inotify, milliseconds: Self.idleMilliseconds)
            _ = kubearmor_watch_drain(inotify)
            if isStopping.load(ordering: .acquiring) { break }
            take(&state)
            look(&state)
            let now = kubearmor_boottime_ns()
            while let oldest = state.gone.first, now &- oldest.since > Self.expiryNanoseconds {
                handlers.expired(oldest.key)
                state.gone.removeFirst()
            }
        }
        finished.signal()
    }

    private func look(_ state: inout State) {
        let found = tree.containers(known: state.known.cgroups) { path in
            // What cannot be watched is found by the next look.
            _ = kubearmor_watch_children(inotify, path)
        }
        carryOut(state.known.found(found), &state)
    }

    /// Takes in what sources have said since.
    private func take(_ state: inout State) {
        for message in reports.take() {
            switch message.event {
            case .began:
                state.known.began(message.source)
            case .ended:
                state.heard.insert(message.source)
            case .synced:
                carryOut(state.known.synced(message.source), &state)
                state.heard.insert(message.source)
                logger.info("source \(message.source): \(state.known.count(toldBy: message.source)) containers")
            case .removed(let id):
                carryOut(state.known.withdraw(id, by: message.source), &state)
            case .told(let report):
                take(report, from: message.source, &state)
            }
        }
        for call in reports.takeCalls() { answer(call, &state) }
    }

    private func take(_ report: ContainerReport, from source: String, _ state: inout State) {
        var found: ContainerCgroup?
        do throws(ContainerPlace.Refusal) {
            found = try place.cgroup(of: report)
        } catch {
            if error != .gone { refuse(report, source, "\(error)") }
        }
        let (changes, refusal) = state.known.report(report, by: source, place: found)
        if let refusal { refuse(report, source, refusal) }
        carryOut(changes, &state)
    }

    private func refuse(_ report: ContainerReport, _ source: String, _ reason: String) {
        logger.warning("source \(source): container \(report.id) is under no rules: \(reason)")
    }

    func carryOut(_ changes: [KnownContainers.Change], _ state: inout State) {
        for change in changes {
            handlers.changed(change)
            if case .disappeared(let workload, _) = change {
                if workload.details.wasHeld { hooked?.forget(workload.containerID) }
                state.gone.append((workload.key, kubearmor_boottime_ns()))
            }
        }
    }
}
