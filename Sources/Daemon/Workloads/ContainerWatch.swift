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
        /// A runtime is about to make this one: what it is to be started under.
        let expect: @Sendable (Workload) throws(PreparationFailure) -> ContainerConfinement?

        public init(
            changed: @escaping @Sendable (KnownContainers.Change) -> Void,
            expired: @escaping @Sendable (UInt64) -> Void,
            failure: @escaping @Sendable (UInt64) -> String? = { _ in nil },
            expect: @escaping @Sendable (Workload) throws(PreparationFailure) -> ContainerConfinement? = { _ in nil }
        ) {
            self.changed = changed
            self.expired = expired
            self.failure = failure
            self.expect = expect
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
    /// How long the first look waits for what sources know of containers that an earlier daemon has not kept: with the
    /// right names, what is in force is taken over as it is.
    private static let syncNanoseconds: UInt64 = 2_000_000_000

    private let tree: CgroupTree
    let place: ContainerPlace
    let procfs: String
    let handlers: Handlers
    private let reports: SourceReports
    let kept: KeptContainers?
    let hookCounters = HookCounters()
    let logger: Logger
    private let inotify: Int32
    private let isStopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter kept: what earlier daemons were told
    public init(
        _ tree: CgroupTree, procfs: String = "/proc", reports: SourceReports, kept: KeptContainers? = nil,
        logger: Logger, _ handlers: Handlers
    ) throws(WatchError) {
        self.tree = tree
        place = ContainerPlace(tree, procfs: procfs)
        self.procfs = procfs
        self.handlers = handlers
        self.reports = reports
        self.kept = kept
        self.logger = logger
        inotify = kubearmor_watch_open()
        guard inotify >= 0 else {
            throw WatchError(description: "\(SystemText.errno(-inotify)): raise fs.inotify.max_user_instances")
        }
    }

    deinit { close(inotify) }

    /// The sources for which runtimes wait at present.
    var holdingSources: [String] { reports.holding }

    /// Tells of all containers that are there, then starts the thread; called once.
    ///
    /// - Parameter sources: those that are waited for, a short while
    public func start(after sources: Set<String> = []) throws {
        var state = State()
        let deadline = kubearmor_boottime_ns() + Self.syncNanoseconds
        let remembered = remember(&state, sources)
        take(&state)
        let there = state.heard.isSuperset(of: sources) ? [] : tree.containers(known: state.known.cgroups) { _ in }
        while !state.heard.isSuperset(of: sources), kubearmor_boottime_ns() < deadline, hasStrangers(there, state) {
            reports.wait(alongside: inotify, milliseconds: 20)
            take(&state)
        }
        putUnderRules(remembered, &state)
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
            switch change {
            case .appeared(let workload, let cgroup), .changed(_, let workload, let cgroup):
                keep(workload, cgroup, state)
            case .disappeared(let workload, _):
                kept?.forget(workload.containerID)
                state.gone.append((workload.key, kubearmor_boottime_ns()))
            }
        }
    }

    // MARK: What is kept for the next daemon

    private func keep(_ workload: Workload, _ cgroup: UInt64, _ state: State) {
        let told = state.known.reports(of: workload.containerID)
        guard let kept, !told.isEmpty else { return }
        if !kept.keep(workload.containerID, KeptContainers.Container(cgroup: cgroup, reports: told)) {
            logger.warning("container \(workload.containerID): what is known is not kept: free some space in runDir")
        }
    }

    /// Takes note of what earlier daemons were told, where it still holds, before sources are heard: what a source
    /// does not tell again is then given up as it is after a gap.
    ///
    /// - Returns: those that are where they were
    private func remember(_ state: inout State, _ sources: Set<String>) -> [ContainerCgroup] {
        var found: [ContainerCgroup] = []
        for (id, container) in kept?.all() ?? [] {
            let reports = container.reports.filter { $0.key == KnownContainers.hook || sources.contains($0.key) }
            // A number of a process or a cgroup that is another's by now leads to no container.
            guard let place = reports.values.lazy.compactMap({ try? self.place.cgroup(of: $0) }).first else {
                kept?.forget(id)
                continue
            }
            state.known.remember(reports, place: place)
            found.append(place)
        }
        return found
    }

    /// Whether there are some among them of which nobody has told.
    private func hasStrangers(_ there: [ContainerCgroup], _ state: State) -> Bool {
        there.contains { state.known.reports(of: (state.known.cgroups[$0.cgroup] ?? $0).id).isEmpty }
    }

    /// Takes those under their rules whose cgroups do not tell that they are containers.
    private func putUnderRules(_ remembered: [ContainerCgroup], _ state: inout State) {
        for place in remembered { carryOut(state.known.placed(place), &state) }
    }
}
