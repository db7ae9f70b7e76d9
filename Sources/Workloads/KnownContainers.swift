// SPDX-License-Identifier: Apache-2.0
import Policy

/// Which containers there are, and who they are: what the cgroup hierarchy shows and what sources say, put together.
///
/// The kernel has the last word on whether a container is there: it is from when its cgroup is seen until its cgroup is
/// gone, whatever a source says or fails to say. Sources have it on names, labels and images. So a runtime that hangs,
/// dies or lies takes no container out of force, and one that tells late, twice or in another order does no harm.
public struct KnownContainers: Sendable {
    /// What is to be done about a container.
    public enum Change: Sendable, Hashable {
        case appeared(Workload, cgroup: UInt64)
        /// The same container with another name, other labels or more that is known.
        case changed(from: Workload, to: Workload, cgroup: UInt64)
        case disappeared(Workload, cgroup: UInt64)
    }

    /// A source that tells of more is not believed.
    public static let limit = 16_384

    /// Who is believed first when sources differ; those that are not listed come last, by name.
    private static let precedence = ["kubernetes", "docker", "cri", "nri", "containerd"]

    /// Under this name runtimes' hooks tell of containers. It is believed last: it knows what there was at first.
    public static let hook = "hook"

    /// The containers that are there, by cgroup.
    private var present: [UInt64: ContainerCgroup] = [:]
    /// What the core was told of them.
    private var announced: [UInt64: Workload] = [:]
    /// By the container's id and the source's name.
    private var reports: [String: [String: ContainerReport]] = [:]
    private var counts: [String: Int] = [:]
    /// What a source has told before it began anew, and not again since.
    private var unconfirmed: [String: Set<String>] = [:]

    public init() {}

    /// The containers that are there, by cgroup. The hierarchy's own names do not tell all of them.
    public var cgroups: [UInt64: ContainerCgroup] { present }

    /// How many containers a source tells of, also of those that do not run.
    public func count(toldBy source: String) -> Int { counts[source] ?? 0 }

    // MARK: The hierarchy

    /// Takes note of all containers whose cgroups there are. Those that went are told of first: the id of one may be
    /// another's by now.
    public mutating func found(_ containers: [ContainerCgroup]) -> [Change] {
        let next = Dictionary(containers.map { ($0.cgroup, $0) }) { first, _ in first }
        var changes: [Change] = []
        var gone: Set<String> = []
        for (cgroup, container) in present where next[cgroup]?.id != container.id {
            present[cgroup] = nil
            gone.insert(container.id)
            forgetHook(container.id, cgroup: cgroup)
            if let workload = announced.removeValue(forKey: cgroup) {
                changes.append(.disappeared(workload, cgroup: cgroup))
            }
        }
        for (cgroup, container) in next {
            // What is taken out of force with a cgroup that went is taken from one that is left, too.
            guard present[cgroup] == nil || gone.contains(container.id) else { continue }
            present[cgroup] = container
            changes.append(announce(container))
        }
        return changes
    }

    private mutating func announce(_ container: ContainerCgroup) -> Change {
        let workload = workload(of: container)
        announced[container.cgroup] = workload
        return .appeared(workload, cgroup: container.cgroup)
    }

    // MARK: Sources

    /// A source begins to tell of everything anew. What it told before stays until ``synced(_:)``.
    public mutating func began(_ source: String) {
        unconfirmed[source] = Set(reports.filter { $0.value[source] != nil }.keys)
    }

    /// A source has told of everything: what it did not tell of again is no more.
    public mutating func synced(_ source: String) -> [Change] {
        (unconfirmed.removeValue(forKey: source) ?? []).sorted().flatMap { withdraw($0, by: source) }
    }

    /// - Parameter place: the cgroup that the container's process is in, when it was found to be the container's
    /// - Returns: what is to be done, and why the source is not believed, if it is not
    public mutating func report(_ report: ContainerReport, by source: String, place: ContainerCgroup?)
        -> (changes: [Change], refusal: String?)
    {
        if reports[report.id]?[source] == nil {
            guard counts[source, default: 0] < Self.limit else {
                return ([], "it tells of more than \(Self.limit) containers")
            }
            counts[source, default: 0] += 1
        }
        reports[report.id, default: [:]][source] = report
        unconfirmed[source]?.remove(report.id)
        guard let place, report.isAlive else { return (refresh(report.id), nil) }
        if let refusal = refusal(of: place) { return (refresh(report.id), refusal) }
        guard present[place.cgroup] == nil else { return (refresh(report.id), nil) }
        present[place.cgroup] = place
        return ([announce(place)] + refresh(report.id), nil)
    }

    private func refusal(of place: ContainerCgroup) -> String? {
        if let holder = present[place.cgroup], holder.id != place.id {
            return "the cgroup of container \(place.id) is that of container \(holder.id)"
        }
        let key = Workload.key(ofContainer: place.id)
        if let twin = announced.values.first(where: { $0.key == key && $0.containerID != place.id }) {
            return "the id \(place.id) cannot be told from \(twin.containerID)"
        }
        return nil
    }

    // MARK: What an earlier daemon knew

    /// Who tells of a container, and what.
    public func reports(of id: String) -> [String: ContainerReport] { reports[id] ?? [:] }

    /// What an earlier daemon was told of a container that is still in its place. Nothing is done about it yet: sources
    /// have not been heard.
    public mutating func remember(_ told: [String: ContainerReport], place: ContainerCgroup) {
        for (source, var report) in told {
            report.cgroup = place.cgroup
            _ = self.report(report, by: source, place: nil)
        }
    }

    /// The container in a cgroup whose name need not tell that there is one.
    public mutating func placed(_ place: ContainerCgroup) -> [Change] {
        guard reports[place.id] != nil, present[place.cgroup] == nil, refusal(of: place) == nil else { return [] }
        present[place.cgroup] = place
        return [announce(place)]
    }

    // MARK: Hooks

    /// A hook's word of a container, which it gives once, whose place was found.
    ///
    /// - Returns: what is to be done, and why the hook is not believed, if it is not
    public mutating func reportByHook(_ report: ContainerReport, place: ContainerCgroup)
        -> (changes: [Change], refusal: String?)
    {
        var report = report
        report.cgroup = place.cgroup
        if let before = reports[report.id]?[Self.hook], before.cgroup == place.cgroup, present[place.cgroup] != nil {
            var same = before
            (same.initPID, same.state) = (report.initPID, report.state)
            // A process in the container that reaches the socket could else give it another name.
            guard same == report else { return ([], "a hook has told otherwise of it before") }
        }
        let answer = self.report(report, by: Self.hook, place: place)
        if answer.refusal != nil { forgetHook(report.id, cgroup: place.cgroup) }
        return answer
    }

    /// Whether a hook has told of the container in that cgroup.
    public func isToldByHook(_ place: ContainerCgroup) -> Bool {
        reports[place.id]?[Self.hook]?.cgroup == place.cgroup
    }

    /// What policies select the containers of a pod by, from what sources tell of its sandbox.
    public func labels(ofSandbox id: String) -> [String: String] {
        let told = (reports[id] ?? [:]).sorted { Self.rank($0.key) > Self.rank($1.key) }
        return told.reduce(into: [:]) { all, report in all.merge(report.value.labels) { _, later in later } }
    }

    /// The workload that stands for a cgroup.
    public func workload(ofCgroup cgroup: UInt64) -> Workload? { announced[cgroup] }

    /// An id may be used again before the cgroup that had it is seen to be gone.
    private mutating func forgetHook(_ id: String, cgroup: UInt64) {
        guard reports[id]?[Self.hook]?.cgroup == cgroup else { return }
        reports[id]?[Self.hook] = nil
        counts[Self.hook, default: 1] -= 1
        if reports[id]?.isEmpty == true { reports[id] = nil }
    }

    /// A source knows of the container no longer. As long as its cgroup is there it keeps the name that it had.
    public mutating func withdraw(_ id: String, by source: String) -> [Change] {
        guard reports[id]?.removeValue(forKey: source) != nil else { return [] }
        counts[source, default: 1] -= 1
        unconfirmed[source]?.remove(id)
        guard reports[id]?.isEmpty == false else {
            reports[id] = nil
            return []
        }
        return refresh(id)
    }

    private mutating func refresh(_ id: String) -> [Change] {
        let key = Workload.key(ofContainer: id)
        var changes: [Change] = []
        for (cgroup, old) in announced where old.key == key {
            guard let container = present[cgroup] else { continue }
            let new = workload(of: container)
            guard new != old else { continue }
            announced[cgroup] = new
            changes.append(.changed(from: old, to: new, cgroup: cgroup))
        }
        return changes
    }

    // MARK: Identity

    private func workload(of container: ContainerCgroup) -> Workload {
        guard let told = reports[container.id], !told.isEmpty else { return .container(container) }
        let ordered = told.sorted { Self.rank($0.key) < Self.rank($1.key) }.map(\.value)
        return .container(container, ordered, wasHeld: told[Self.hook]?.state == .created)
    }

    private static func rank(_ source: String) -> (Int, String) {
        (precedence.firstIndex(of: source) ?? precedence.count, source)
    }
}
