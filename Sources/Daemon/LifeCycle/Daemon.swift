// SPDX-License-Identifier: Apache-2.0
import CLinux
import Events
import Glibc
import Logging
import Plugins
import Policy
import Synchronization
import UnixSignals
import Workloads

/// The daemon: everything that is open, and the order in which it opens and closes.
///
/// Configuration, feeders, monitors, enforcer, policies; it stops the other way round, so that what is decided last
/// still reaches a feeder.
public final class Daemon: Sendable {
    /// The cgroup v2 root, whose tasks and descendants are the host.
    private static let rootCgroup: UInt64 = 1

    private let options: DaemonOptions
    private let logger: Logger
    private let configuration: Mutex<Configuration>
    private let lock: InstanceLock
    /// Set once everything has started.
    private let statusWriter = Mutex<StatusWriter<NodeStatus>?>(nil)
    private let policyStatusWriter = Mutex<StatusWriter<PolicyStatusSources>?>(nil)
    private let notifier: ServiceNotifier
    let bridge: PluginBridge
    let registry: PluginRegistry
    private let statusPath: String
    let events: EventChain
    let monitors: MonitorSet
    private let monitorLoops: [PollLoop]
    let enforcer: EnforcerAdapter
    private let enforcerLoops: [PollLoop]
    let policies: PolicyController
    private let watch: DirectoryWatch
    /// Nil when containers are not looked for, or cannot be.
    let containers: ContainerWatch?
    let sources: SourceSet
    /// Nil where containers are not looked for.
    private let hooks: HookListener?
    /// Nil where nobody can record.
    private let recorder: EventRecorder?

    /// Runs until a signal ends it.
    ///
    /// - Throws: ``StartError``, ``ConfigurationError``
    public static func run(_ options: DaemonOptions) async throws {
        // Until signals are waited for a SIGHUP would end the process; a reader that went away always would.
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        let daemon = try Daemon(options)
        do {
            try daemon.start()
        } catch {
            daemon.events.stop()
            throw error
        }
        await daemon.serve()
    }

    /// Takes everything out of force that a daemon left in the kernel.
    ///
    /// - Throws: ``StartError``, ``ConfigurationError``
    public static func release(_ options: DaemonOptions) throws {
        let configuration = try options.source.load()
        let logger = makeLogger(options, configuration)
        let lock = try InstanceLock(directory: configuration.runDirectory)
        let bridge = PluginBridge(configuration: configuration, logger: logger)
        let registry = PluginRegistry(
            directories: PluginSearchPath.directories(configured: configuration.pluginDirectories), services: bridge)
        _ = registry.scan()
        let enforcer = try EnforcerChoice(configuration: configuration, registry: registry, logger: logger).open()
        do {
            try enforcer.close(keep: false)
        } catch {
            throw StartError(.failure, "enforcer \(enforcer.name) cannot release what is in force: \(error)")
        }
        if enforcer.name == EnforcerChoice.noneName {
            if let refused = registry.reports().first(where: { $0.kind == .enforcer && $0.status == .error }) {
                throw StartError(.failure, "nothing was released: \(refused.reason)")
            }
            logger.warning("no enforcer that blocks works here: nothing was released")
        } else {
            logger.info("enforcer \(enforcer.name): nothing is in force any more")
        }
        withExtendedLifetime(lock) {}
    }

    private static func makeLogger(_ options: DaemonOptions, _ configuration: Configuration) -> Logger {
        LineLogHandler.setLevel(configuration.logLevel)
        let handler = LineLogHandler(forJournal: options.environment["JOURNAL_STREAM"] != nil)
        let logger = Logger(label: "kubearmor") { _ in handler }
        for key in configuration.idleKeys { logger.warning("\(key) has no effect in this version") }
        return logger
    }

    private init(_ options: DaemonOptions) throws {
        kubearmor_bound_memory()
        self.options = options
        let configuration = try options.source.load()
        let logger = Self.makeLogger(options, configuration)
        self.logger = logger
        self.configuration = Mutex(configuration)
        lock = try InstanceLock(directory: configuration.runDirectory)
        notifier = ServiceNotifier(address: options.environment["NOTIFY_SOCKET"])
        bridge = PluginBridge(configuration: configuration, logger: logger)
        registry = PluginRegistry(
            directories: PluginSearchPath.directories(configured: configuration.pluginDirectories), services: bridge)
        statusPath = "\(configuration.runDirectory)/\(PluginStatusFile.name)"
        // What is not opened is not loaded either: it would cost memory, and time before policies are in force.
        _ = registry.scan()
        events = try EventChain(
            registry.openFeeders(names: configuration.feeders, isDefault: configuration.hasDefault("feeders")),
            configuration: configuration, version: options.version, logger: logger)
        bridge.connect(events.pipeline)
        do {
            // Before monitors: it may start this program anew (selinux does, under another label).
            enforcer = try EnforcerChoice(configuration: configuration, registry: registry, logger: logger).open()
        } catch {
            events.stop()
            throw error
        }
        enforcerLoops = Self.loops(of: enforcer, logger: logger)
        monitors = MonitorSet(
            registry.openMonitors(
                names: configuration.monitors, idle: configuration.replayFile.isEmpty ? ["replay"] : []
            ).map(MonitorAdapter.init), logger: logger)
        monitorLoops = monitors.loops()
        let pipeline = events.pipeline
        policies = PolicyController(
            directory: configuration.policyDirectory, storedIn: configuration.apiPolicyDirectory,
            lastGood: LastGoodFiles(
                runDirectory: configuration.runDirectory, policyDirectory: configuration.policyDirectory),
            settings: Self.policySettings(configuration),
            enforcer: enforcer, workloads: events.workloads, history: events.history, logger: logger
        ) { level, text in pipeline.post(level: level, text) }
        let controller = policies
        watch = try DirectoryWatch(path: configuration.policyDirectory) { controller.reload() }
        let reports = try SourceReports()
        bridge.connect(reports)
        containers = Self.containerWatch(
            configuration, reports: reports, policies: policies, monitors: monitors, enforcer: enforcer,
            logger: logger)
        // Without a place to put containers into, nobody listens.
        sources = SourceSet(
            containers == nil ? [] : registry.openSources(names: configuration.sources).map(SourceAdapter.init),
            reports: reports, logger: logger)
        hooks = containers == nil ? nil : Self.hookListener(configuration, reports: reports, logger: logger)
        recorder = EventRecorder(
            runDirectory: configuration.runDirectory, host: events.hostName, workloads: events.workloads,
            logger: logger)
        if let recorder { bridge.connect(recorder) }
    }

    /// Without it runtimes' hooks find no daemon, and do what they were told to do then.
    private static func hookListener(
        _ configuration: Configuration, reports: SourceReports, logger: Logger
    ) -> HookListener? {
        do {
            return try HookListener(runDirectory: configuration.runDirectory, logger: logger) { reports.ask($0) }
        } catch {
            logger.error("hooks of runtimes are not answered: \(error)")
            return nil
        }
    }

    private static func containerWatch(
        _ configuration: Configuration, reports: SourceReports, policies: PolicyController, monitors: MonitorSet,
        enforcer: EnforcerAdapter, logger: Logger
    ) -> ContainerWatch? {
        guard configuration.watchesContainers else { return nil }
        guard let tree = CgroupTree.mounted() else {
            logger.warning("containers are not found: no cgroup v2 hierarchy is mounted at /sys/fs/cgroup")
            return nil
        }
        let control = ContainerControl(
            policies: policies, monitors: monitors, knowsNames: enforcer.knowsContainersByName)
        do {
            return try ContainerWatch(
                tree, procfs: configuration.procfs, reports: reports,
                kept: KeptContainers(runDirectory: configuration.runDirectory), logger: logger,
                ContainerWatch.Handlers(
                    changed: control.carryOut, expired: policies.forget, failure: policies.failure(of:),
                    expect: policies.expect))
        } catch {
            logger.error("containers are not found: \(error)")
            return nil
        }
    }

    private static func loops(of enforcer: EnforcerAdapter, logger: Logger) -> [PollLoop] {
        guard enforcer.capabilities.contains("events") else { return [] }
        return [PollLoop(name: enforcer.name, logger: logger) { try enforcer.poll(timeoutMilliseconds: $0) }]
    }

    private static func policySettings(_ configuration: Configuration) -> PolicySettings {
        PolicySettings(
            hostPostures: configuration.hostPostures, containerPostures: configuration.containerPostures,
            enablesHostPolicy: configuration.enablesHostPolicy, enablesPolicy: configuration.enablesPolicy)
    }

    // MARK: Start

    private func start() throws {
        try recorder?.start()
        for loop in monitorLoops + enforcerLoops { try loop.start() }
        monitors.bind(workload: Workload.hostKey, cgroup: Self.rootCgroup)
        // Before anything is watched for, which is when a replay begins.
        for workload in ReplayedContainers.read(currentConfiguration, logger: logger) {
            policies.add(workload, cgroup: nil)
        }
        policies.onChange { [weak self] workload in self?.refreshWatch(of: workload) }
        // The directory is watched before it is read: a change in between is then seen.
        try watch.start()
        policies.reload()
        do {
            try enforcer.bind(workload: Workload.hostKey, cgroup: Self.rootCgroup)
        } catch {
            throw StartError(.failure, "enforcer \(enforcer.name) cannot take the host under its rules: \(error)")
        }
        // Who asks before containers are looked for is answered then.
        try hooks?.start()
        try sources.start()
        try containers?.start(after: Set(sources.names))
        // Afterwards, so that a name goes to the container that has it.
        policies.prepareContainers()
        policies.removeLeftovers()
        bridge.connect(policies) { [weak self] in self?.description(of: $0) }
        refreshWatch()
        writeStatus()
        try startStatus()
        if let showPlugins = options.showPlugins {
            registry.probe()
            showPlugins(PluginReport.table(registry.reports()))
        }
    }

    private func startStatus() throws {
        let directory = currentConfiguration.runDirectory
        let writer = StatusWriter(
            path: "\(directory)/\(NodeStatus.fileName)", pauseMilliseconds: 1000, logger: logger,
            look: { [unowned self] in nodeStatus() }, members: \.members)
        try writer.start()
        statusWriter.withLock { $0 = writer }
        // Remarks look at every process of the node.
        let policyWriter = StatusWriter(
            path: "\(directory)/\(PolicyStatus.fileName)", pauseMilliseconds: 2000, logger: logger,
            look: { [unowned self] in policyStatusSources() }, members: { PolicyStatus($0).members })
        try policyWriter.start()
        policyStatusWriter.withLock { $0 = policyWriter }
    }

    var currentConfiguration: Configuration { configuration.withLock { $0 } }

    private func announceReady() {
        // What the start alone took: types of the kernel, probes, texts of policies.
        kubearmor_trim_memory()
        notifier.ready(summary())
        logger.info("ready: \(summary())")
    }

    /// Tells the monitors which classes are wanted: those that are logged, and those that are judged here.
    ///
    /// - Parameter key: of one workload only
    private func refreshWatch(of key: UInt64? = nil) {
        let configuration = currentConfiguration
        let known = events.workloads.snapshot()
        for workload in key.map({ known[$0].map { [$0] } ?? [] }) ?? known.all {
            // Nil for one that is gone.
            guard let inForce = policies.inForce(workload.key), !workload.isPrepared else { continue }
            monitors.watch(
                workload: workload.key, visible: configuration.visibility(of: workload), judged: inForce.judgedClasses,
                syscalls: inForce.rules.set.syscallNames)
        }
    }

    private func writeStatus() {
        do {
            try PluginStatusFile.write(registry.reports(), to: statusPath)
        } catch {
            logger.warning("`kubearmor plugins` shows what it finds itself: \(error)")
        }
    }

    private func summary() -> String {
        let count = policies.inForce(Workload.hostKey)?.ruleCount ?? 0
        return "enforcer \(enforcer.name), \(count) host rules in force"
    }

    // MARK: Run

    /// Until a signal ends it.
    private func serve() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        // Once every signal is heard.
        announceReady()
        for await signal in signals {
            guard signal == .sighup else { break }
            await Blocking.run(name: "reload") { self.reload() }
        }
        await Blocking.run(name: "shutdown") { self.shutDown() }
        // It may never have been written; then there is nothing to remove.
        unlink(statusPath)
        logger.info("stopped; what is in force stays in force")
    }

    private func shutDown() {
        // In the order of opening.
        Shutdown(logger: logger).stop([
            Shutdown.Part(name: "feeders") { self.events.stop() },
            Shutdown.Part(name: "recorder") { self.recorder?.stop() },
            Shutdown.Part(name: "monitors") { self.stopMonitors() },
            Shutdown.Part(name: "enforcer") { self.stopEnforcer() },
            Shutdown.Part(name: "policies") { self.stopPolicies() },
            Shutdown.Part(name: "status") { self.stopStatus() },
            Shutdown.Part(name: "hook") { self.hooks?.stop() },
        ])
    }

    private func reload() {
        notifier.reloading()
        defer { notifier.ready(summary()) }
        let next: Configuration
        do {
            next = try options.source.load()
        } catch {
            logger.error("the configuration stays as it was: \(error)")
            events.pipeline.post(level: "ERROR", "the configuration stays as it was: \(error)")
            policies.reload()
            return
        }
        let old = configuration.withLock { current in
            defer { current = next }
            return current
        }
        let fixed = next.keysThatNeedRestart(comparedWith: old)
        if !fixed.isEmpty {
            logger.warning("changed, but in force after a restart only: \(fixed.joined(separator: ", "))")
        }
        LineLogHandler.setLevel(next.logLevel)
        bridge.update(next)
        events.update(next)
        policies.update(settings: Self.policySettings(next))
        refreshWatch()
        writeStatus()
        logger.info("reloaded: \(summary())")
    }

    // MARK: Stop

    private func stopPolicies() {
        notifier.stopping()
        watch.stop()
        sources.stop()
        containers?.stop()
    }

    private func stopStatus() {
        statusWriter.withLock { $0 }?.stop()
        policyStatusWriter.withLock { $0 }?.stop()
    }

    private func stopEnforcer() {
        for loop in enforcerLoops { loop.stop() }
        do {
            let account = try enforcer.account()
            if !account.isEmpty { logger.info("enforcer \(enforcer.name): \(account)") }
            try enforcer.close(keep: true)
        } catch {
            logger.error("enforcer \(enforcer.name) cannot close: \(error)")
        }
    }

    private func stopMonitors() {
        for loop in monitorLoops { loop.stop() }
        monitors.close()
    }
}
