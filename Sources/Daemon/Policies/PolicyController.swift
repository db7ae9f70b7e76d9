// SPDX-License-Identifier: Apache-2.0
import CLinux
public import Events
public import Logging
import Plugins
import Policy
import Synchronization
public import Workloads

/// Keeps the enforcer's rule sets equal to what the policy files say.
///
/// Any thread may call; calls wait for each other, so that the enforcer gets one at a time.
public final class PolicyController: Sendable {
    /// What is in force for a workload.
    public struct InForce: Sendable, Hashable {
        public let generation: UInt64
        public let digest: UInt64
        public let ruleCount: Int
        /// The policies that select it.
        public let policies: [String]
        /// Seconds since 1970.
        public let since: Int64
        /// Classes with rules.
        public let classes: UInt32
        /// Classes in which monitors must see what the enforcer does not report.
        public let judgedClasses: UInt32
        /// The rules, and how the enforcer holds each.
        public internal(set) var rules: RulesInForce
    }

    struct State {
        var directory: PolicyDirectory
        /// Those that came by API, and where they are kept; nil where none are taken.
        var stored: (policies: PolicyDirectory, store: StoredPolicies)?
        var settings: PolicySettings
        var lastGeneration: UInt64
        var inForce: [UInt64: InForce] = [:]
        /// Of the policies as they were put into force last: workloads that come later share what is compiled.
        var resolver: RuleSetResolver?
        /// What an earlier daemon left; nil before the enforcer was asked.
        var left: [UInt64: RuleSetInForce]?
        var directoryFailure: String?
        /// By workload: why the newest rule set, and why its tasks, are not where they should be.
        var failures: [UInt64: (rules: String?, tasks: String?)] = [:]
        /// What was said before is not said again at every change of another file.
        var said: Set<String> = []
        /// Those that get rules. Others are in the registry only for events under way.
        var members: Set<UInt64> = [Workload.hostKey]
        /// Whether the containers of the node are known by now.
        var preparesContainers = false
        /// What waits for a container that does not run, by the name that the enforcer knows it by.
        var prepared: [String: Workload] = [:]
        /// Containers that runtimes are about to make, by the same name, and until when they are waited for.
        var expected: [String: (workload: Workload, until: UInt64)] = [:]
        /// What waited, and until when.
        var dismissed: [(workload: UInt64, since: UInt64)] = []
    }

    /// Cells of an automaton, 8 bytes each; the format has room for 2^28.
    private static let cellLimit = 1 << 24

    let enforcer: any EnforcerControl
    let workloads: WorkloadRegistry
    let history: RuleHistory
    let logger: Logger
    private let announce: @Sendable (_ level: String, _ text: String) -> Void
    private let changeHandler = Mutex<(@Sendable (UInt64?) -> Void)?>(nil)
    let state: Mutex<State>

    /// - Parameters:
    ///   - storedIn: directory of policies that come by API; nil: none are taken
    ///   - announce: sends a message to the feeders
    public init(
        directory: String, storedIn: String? = nil, lastGood: LastGoodFiles? = nil, settings: PolicySettings,
        enforcer: any EnforcerControl, workloads: WorkloadRegistry, history: RuleHistory, logger: Logger,
        announce: @escaping @Sendable (_ level: String, _ text: String) -> Void
    ) {
        self.enforcer = enforcer
        self.workloads = workloads
        self.history = history
        self.logger = logger
        self.announce = announce
        // Greater than every generation of a daemon that ran before on this boot, without having to ask it.
        state = Mutex(
            State(
                directory: PolicyDirectory(path: directory, lastGood: lastGood),
                stored: storedIn.map {
                    (PolicyDirectory(path: $0, origin: StoredPolicies.origin), StoredPolicies(directory: $0))
                }, settings: settings,
                lastGeneration: kubearmor_boottime_ns() / 1_000_000))
    }

    /// Sets what is called after another rule set came into force, with no lock held: with the workload, or nil when it
    /// may be any.
    public func onChange(_ handler: @escaping @Sendable (UInt64?) -> Void) {
        changeHandler.withLock { $0 = handler }
    }

    /// Reads what has changed in the directory and puts it into force.
    public func reload() {
        update(settings: nil)
    }

    /// As ``reload()``, with other settings.
    public func update(settings: PolicySettings?) {
        let changed = state.withLock { state in
            if let settings { state.settings = settings }
            let findings = state.directory.scan()
            report(findings, &state)
            scanStored(&state)
            return applyAll(&state)
        }
        if changed { changeHandler.withLock { $0 }?(nil) }
    }

    /// Carries out what somebody asks by API; see ``PolicyRequest``. Waits for the enforcer.
    ///
    /// - Returns: what became of it, and why it is not what was asked for
    public func carryOut(_ json: String) -> (outcome: PolicyRequest.Outcome, reason: String?) {
        let (outcome, reason) = state.withLock { carryOut(json, &$0) }
        if reason == nil { changeHandler.withLock { $0 }?(nil) }
        return (outcome, reason)
    }

    /// The policies that are read, whether they select something or not.
    func policies() -> [Policy] { state.withLock { $0.allPolicies().policies } }

    /// What is in force for a workload, nil before anything was applied.
    public func inForce(_ workload: UInt64) -> InForce? {
        state.withLock { $0.inForce[workload] }
    }

    /// Why what the policies say of a workload is not in force; nil when it is.
    func failure(of workload: UInt64) -> String? {
        state.withLock { state in
            let failure = state.failures[workload]
            return failure?.rules ?? failure?.tasks
                ?? (state.inForce[workload] == nil ? "nothing is in force for it" : nil)
        }
    }

    /// What of a workload its rules do not reach, as the enforcer says.
    func remarks(on workload: UInt64) -> [String] {
        do {
            return try state.withLock { _ in try enforcer.remarks(workload: workload) }
        } catch {
            return ["the enforcer cannot say what its rules do not reach: \(error)"]
        }
    }

    // MARK: Workloads that come and go

    /// Takes a workload under the policies: its rule set first, then its tasks.
    public func add(_ workload: Workload, cgroup: UInt64?) {
        state.withLock { state in
            workloads.upsert(workload)
            state.members.insert(workload.key)
            do {
                if !workload.identity.isHost, cgroup != nil { try name(workload, &state) }
                withResolver(&state) { _ = update(workload, &$0, &$1) }
                if let cgroup { try enforcer.bind(workload: workload.key, cgroup: cgroup) }
                state.failures[workload.key]?.tasks = nil
            } catch {
                state.failures[workload.key, default: (nil, nil)].tasks = "its tasks are under no rules: \(error)"
                fail("\(Self.name(of: workload)): its tasks are under no rules: \(error)")
            }
        }
        changeHandler.withLock { $0 }?(workload.key)
    }

    /// Takes over what is new about a workload that was added; its tasks are where they were.
    public func change(_ workload: Workload) {
        let changed = state.withLock { state in
            workloads.upsert(workload)
            var isChanged = false
            withResolver(&state) { isChanged = update(workload, &$0, &$1) }
            return isChanged
        }
        if changed { changeHandler.withLock { $0 }?(workload.key) }
    }

    /// Takes everything of a workload out of force. Events under way still find its name, until ``forget(_:)``.
    public func remove(_ workload: Workload) {
        state.withLock { state in
            state.members.remove(workload.key)
            // First: its name goes on with the same rules in the kernel, for the next container of that name.
            if state.preparesContainers {
                withResolver(&state) { _ = prepare(&$0, &$1) }
            }
            takeOutOfForce(workload, &state)
            state.failures[workload.key] = nil
        }
    }

    /// Lends the resolver of the policies in force, out of the state: what it has compiled is not copied.
    func withResolver(_ state: inout State, _ body: (inout RuleSetResolver, inout State) -> Void) {
        var resolver =
            state.resolver.take()
            ?? RuleSetResolver(state.allPolicies().policies, settings: state.settings)
        body(&resolver, &state)
        state.resolver = resolver
    }

    func takeOutOfForce(_ workload: Workload, _ state: inout State) {
        do {
            try enforcer.remove(workload: workload.key)
        } catch {
            fail("\(Self.name(of: workload)): its rules stay in the kernel: \(error)")
        }
        state.inForce[workload.key] = nil
    }

    /// Forgets a workload that was removed, unless it is back.
    public func forget(_ workload: UInt64) {
        state.withLock { state in
            guard state.inForce[workload] == nil else { return }
            workloads.remove(workload)
            history.remove(workload: workload)
        }
    }

    /// Takes out of force what an earlier daemon left for workloads that are gone.
    public func removeLeftovers() {
        state.withLock { state in
            let known = workloads.snapshot()
            for key in (state.left ?? [:]).keys where known[key] == nil {
                do {
                    try enforcer.remove(workload: key)
                    state.left?[key] = nil
                } catch {
                    fail("what an earlier daemon left for workload \(key) stays in the kernel: \(error)")
                }
            }
        }
    }

    private func fail(_ text: String) {
        logger.error("\(text)")
        announce("ERROR", text)
    }

    // MARK: Saying what was found

    private func report(_ findings: PolicyDirectory.Findings, _ state: inout State) {
        if let failure = findings.failure, failure != state.directoryFailure {
            let text = "\(failure): the policies in force stay; create the directory or set policyDir"
            logger.warning("\(text)")
            announce("WARN", text)
        }
        state.directoryFailure = findings.failure
        report(findings)
    }

    func report(_ findings: PolicyDirectory.Findings) {
        for diagnostic in findings.diagnostics {
            switch diagnostic.severity {
            case .error:
                let text = "\(diagnostic) (the last good version of the file stays in force)"
                logger.error("\(text)")
                announce("ERROR", text)
            case .warning:
                logger.warning("\(diagnostic)")
            case .note:
                logger.debug("\(diagnostic)")
            }
        }
        for name in findings.changedFiles { logger.debug("policy file \(name) read") }
    }

    func say(_ text: String, _ state: inout State) {
        if state.said.insert(text).inserted { logger.warning("\(text)") }
    }

    // MARK: Putting into force

    func applyAll(_ state: inout State) -> Bool {
        let (policies, warnings) = state.allPolicies()
        for warning in warnings { say("\(warning)", &state) }
        var resolver = RuleSetResolver(policies, settings: state.settings)
        // First: one that is named no more is to go, not to get an empty rule set.
        var changed = state.preparesContainers ? prepare(&resolver, &state) : false
        // One that is gone is in the registry for a while yet: it gets no rules any more.
        for workload in workloads.snapshot().all where state.members.contains(workload.key) {
            changed = update(workload, &resolver, &state) || changed
        }
        if changed, resolver.unusedCount > 0 {
            logger.info("\(resolver.unusedCount) policies select no workload of this node")
        }
        state.resolver = resolver
        return changed
    }

    func update(_ workload: Workload, _ resolver: inout RuleSetResolver, _ state: inout State) -> Bool {
        let (set, policies) = resolver.ruleSet(for: workload)
        if let now = state.inForce[workload.key], now.digest == set.digest, now.policies == policies {
            // The same rules may stand at other lines of the files now.
            state.inForce[workload.key]?.rules = RulesInForce(set: set, holdings: now.rules.holdings)
            state.failures[workload.key]?.rules = nil
            return false
        }
        return apply(set, of: policies, to: workload, &resolver, &state)
    }

    private func apply(
        _ set: RuleSet, of policies: [String], to workload: Workload, _ resolver: inout RuleSetResolver,
        _ state: inout State
    ) -> Bool {
        let support = RuleSupport(name: enforcer.name, capabilities: enforcer.capabilities)
        let generation: UInt64
        let holdings: [RuleHolding]
        let enforcement: Enforcement
        let isAdopted: Bool
        do {
            let image = try resolver.image(
                of: set, cellLimit: enforcer.capabilities.contains("automaton") ? Self.cellLimit : nil)
            holdings = try resolver.holdings(of: image) {
                support.holdings(of: set.rules, answer: try enforcer.holdings(of: image))
            }
            enforcement = support.enforcement(holdings)
            (generation, isAdopted) = try putIntoForce(
                image, ruleSet: set, enforcement: enforcement, workload, &state)
        } catch {
            fail("\(Self.name(of: workload)): the policies could not be put into force, the old ones stay: \(error)")
            state.failures[workload.key, default: (nil, nil)].rules = "its policies are not in force: \(error)"
            return false
        }
        state.failures[workload.key]?.rules = nil
        state.inForce[workload.key] = InForce(
            generation: generation, digest: set.digest, ruleCount: set.rules.count, policies: policies,
            since: Int64(kubearmor_realtime_ns() / 1_000_000_000), classes: set.classes,
            judgedClasses: enforcement.judgedClasses(of: set),
            rules: RulesInForce(set: set, holdings: holdings))
        sayUnheld(set, holdings, &state)
        if workload.identity.isHost { sayLinked(set, &state) }
        let count = "\(set.rules.count) rules of \(policies.count) policies"
        let how = isAdopted ? "still in force" : "in force"
        logger.info("\(Self.name(of: workload)): \(count) \(how) (generation \(generation))")
        return true
    }

    /// Gives the rule set to the enforcer, unless an earlier daemon has left the very same.
    private func putIntoForce(
        _ image: RuleSetImage, ruleSet: RuleSet, enforcement: Enforcement, _ workload: Workload,
        _ state: inout State
    ) throws -> (generation: UInt64, isAdopted: Bool) {
        let left = leftBehind(workload.key, &state)
        let isAdopted = left?.digest == image.digest
        var generation = Self.next(after: state.lastGeneration)
        if isAdopted, let left { generation = left.generation } else { state.lastGeneration = generation }
        // Before the enforcer has it: no event may be ahead of what names its rule.
        history.append(
            ActiveRules(generation: generation, ruleSet: ruleSet, enforcement: enforcement), workload: workload.key)
        if isAdopted { return (generation, true) }
        do {
            try enforcer.apply(workload: workload.key, rules: image, generation: generation)
        } catch {
            history.withdraw(generation: generation, workload: workload.key)
            throw error
        }
        return (generation, false)
    }

    /// Asked once for each workload: afterwards this daemon knows itself what is in force.
    private func leftBehind(_ workload: UInt64, _ state: inout State) -> RuleSetInForce? {
        if state.left == nil {
            do {
                state.left = try enforcer.inForce()
            } catch {
                logger.warning("what an earlier daemon left in force is replaced: \(error)")
                state.left = [:]
            }
        }
        return state.left?.removeValue(forKey: workload)
    }

    /// `host`, `container namespace/name`.
    static func name(of workload: Workload) -> String {
        guard !workload.identity.isHost else { return "host" }
        let name = "container \(workload.identity.namespace)/\(workload.identity.name)"
        return workload.isPrepared ? "\(name) (prepared)" : name
    }

    /// Never a multiple of 2^24: enforcers keep the low bits, where 0 says "none".
    private static func next(after last: UInt64) -> UInt64 {
        let next = last + 1
        return next & 0xff_ffff == 0 ? next + 1 : next
    }

    /// Names the rules that are about a symbolic link.
    private func sayLinked(_ set: RuleSet, _ state: inout State) {
        var links = LinkedPaths()
        for rule in set.rules {
            let paths = [
                rule.match == .path || rule.match == .directory ? rule.object : nil,
                rule.source.flatMap { $0.match == .pattern ? nil : $0.path },
            ]
            for path in paths.compactMap(\.self) where path.hasPrefix("/") {
                guard let place = links.place(of: path) else { continue }
                say(
                    "\(rule.location): \(rule.policyName): \(path) is a symbolic link here, or below one: "
                        + "accesses are seen at \(place), write that", &state)
            }
        }
    }

    /// Names the rules that are not held as they are written. An enforcer that holds none at all was announced when it
    /// was chosen.
    private func sayUnheld(_ set: RuleSet, _ holdings: [RuleHolding], _ state: inout State) {
        guard holdings.contains(where: \.isHeld) || enforcer.capabilities.contains("permissive") else { return }
        for (rule, holding) in zip(set.rules, holdings) where holding.hold != .enforced {
            say(
                "\(rule.location): \(rule.policyName): \(rule.action.name) \(rule.object) is \(holding.text)", &state)
        }
    }
}
