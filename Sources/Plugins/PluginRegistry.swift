// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// The plugins of this node: finds them, says what became of each, opens those that are to be used.
///
/// A plugin that cannot be used never keeps the others from being used. Nothing is ever unloaded: a file that changed
/// is used by the next process. All methods may be called from any thread; they wait for each other, up to the time
/// that probes and opens take, so `reports` is not for a thread that may not wait.
public final class PluginRegistry: Sendable {
    /// The names that are tried when the configuration says nothing.
    public static let defaultEnforcerOrder = ["bpflsm", "apparmor", "selinux"]
    /// The enforcer of last resort: it blocks nothing.
    public static let lastResort = "noop"

    private let directories: [String]
    private let services: any PluginServices
    private let state = Mutex(State())

    struct State {
        var plugins: [InstalledPlugin] = []
        /// What was asked for by name and is not there.
        var missing: [PluginReport] = []
        /// Why a directory could not be searched, a sentence each.
        var refusedDirectories: [String] = []
    }

    /// `directories` are searched in order; of two files with one kind and name the first counts. The services are
    /// used by every plugin that is loaded, for the life of the process.
    public init(directories: [String], services: any PluginServices) {
        self.directories = directories
        self.services = services
    }

    /// Has `body` told of each call of any entry of any plugin, on the calling thread after the call; nil ends it.
    public static func trace(
        _ body: (@Sendable (_ plugin: String, _ entry: String, _ result: Int32, _ nanoseconds: UInt64) -> Void)?
    ) {
        guard let body else {
            EntryRecorder.setTrace(nil)
            return
        }
        EntryRecorder.setTrace { call in body(call.plugin, call.entry, call.result, call.nanoseconds) }
    }

    /// Finds and describes the files; runs no foreign code. Files found before and already loaded are left as they are.
    @discardableResult
    public func scan() -> [PluginReport] {
        state.withLock { state in
            let loaded = state.plugins.filter { $0.library != nil }
            let known = Set(loaded.map(\.report.file))
            state.plugins = []
            state.refusedDirectories = []
            state.missing = []
            for directory in directories {
                let (found, refusal) = Self.plugins(in: directory)
                if let refusal { state.refusedDirectories.append(refusal) }
                state.plugins += found.map { plugin in
                    guard known.contains(plugin.report.file) else { return plugin }
                    return loaded.first { $0.report.file == plugin.report.file } ?? plugin
                }
            }
            // A library stays in the process when its file is gone, and what it does goes on.
            let present = Set(state.plugins.map(\.report.file))
            state.plugins += loaded.filter { !present.contains($0.report.file) }
            Self.markShadowed(state.plugins)
            return Self.reports(of: state)
        }
    }

    /// The present status of every file found.
    public func reports() -> [PluginReport] {
        state.withLock { Self.reports(of: $0) }
    }

    /// Loads and probes, in this process, every usable file that was not probed yet. Up to 30 s a plugin.
    public func probe() {
        state.withLock { state in
            for plugin in state.plugins { plugin.probe(services: services) }
        }
    }

    /// The library of an enforcer, for questions about rule sets: it need not work on this node. Throws `FILE_MISSING`,
    /// or why the file is refused.
    public func previewEnforcer(_ name: String) throws(PluginError) -> EnforcerPreview {
        try state.withLock { state throws(PluginError) -> EnforcerPreview in
            guard let plugin = state.plugins.first(where: { $0.matches(.enforcer, name) }) else {
                let known = state.plugins.filter { $0.kind == .enforcer }.map(\.name).sorted()
                let reasons = state.refusedDirectories.map { "; \($0)" }.joined()
                throw PluginError(
                    .fileMissing,
                    "the enforcer \(name) is not installed in \(directories.joined(separator: ", ")): "
                        + (known.isEmpty ? "no enforcer is" : "there are \(known.joined(separator: ", "))") + reasons)
            }
            return try plugin.preview(services: services)
        }
    }

    /// Opens the first enforcer of `order` that can be used, and `noop` when none can. With `required`, that one or
    /// none. Throws `NO_ENFORCER`, with the reason of each refusal.
    public func selectEnforcer(order: [String], required: String?) throws(PluginError) -> EnforcerPlugin {
        try state.withLock { state throws(PluginError) -> EnforcerPlugin in
            let names = required.map { [$0] } ?? (order.filter { $0 != Self.lastResort } + [Self.lastResort])
            var refusals: [String] = []
            for name in names {
                guard let plugin = state.plugins.first(where: { $0.matches(.enforcer, name) }) else {
                    refusals.append("\(name) is not installed")
                    if required != nil { state.missing.append(Self.missing(.enforcer, name, in: directories)) }
                    continue
                }
                do throws(PluginError) {
                    let instance = try plugin.open(services: services)
                    Self.markNotChosen(state.plugins, chosen: name)
                    return EnforcerPlugin(instance)
                } catch {
                    refusals.append("\(name): \(error)")
                }
            }
            let what = required.map { "the enforcer \($0) is required and cannot be used" } ?? "no enforcer can be used"
            let reasons = (refusals + state.refusedDirectories).joined(separator: "; ")
            throw PluginError(.noEnforcer, "\(what): \(reasons)")
        }
    }

    /// Opens the monitors with these names, or with nil all that can be used. Those that cannot are in the reports.
    ///
    /// - Parameter idle: those with nothing to do, which are not loaded for being there; by name they are
    public func openMonitors(names: [String]?, idle: Set<String> = []) -> [MonitorPlugin] {
        open(.monitor, names: names, idle: idle).map(MonitorPlugin.init)
    }

    /// Opens the feeders with these names, or with nil all that can be used. Those that cannot are in the reports.
    ///
    /// - Parameter isDefault: nobody has asked for them: one that is not installed was left out on purpose
    public func openFeeders(names: [String]?, isDefault: Bool = false) -> [FeederPlugin] {
        open(.feeder, names: names, isDefault: isDefault).map(FeederPlugin.init)
    }

    /// Opens the sources with these names, or with nil all that can be used. Those that cannot are in the reports.
    public func openSources(names: [String]?) -> [SourcePlugin] {
        open(.source, names: names).map(SourcePlugin.init)
    }

    private func open(
        _ kind: PluginKind, names: [String]?, isDefault: Bool = false, idle: Set<String> = []
    ) -> [PluginInstance] {
        state.withLock { state in
            let present = Set(state.plugins.filter { $0.kind == kind }.map(\.name))
            for name in names ?? [] where !isDefault && !present.contains(name) {
                state.missing.append(Self.missing(kind, name, in: directories))
            }
            return state.plugins.compactMap { plugin -> PluginInstance? in
                guard plugin.kind == kind, names?.contains(plugin.name) ?? !idle.contains(plugin.name) else {
                    return nil
                }
                // The error is in the plugin's report.
                return try? plugin.open(services: services)
            }
        }
    }
}

extension PluginRegistry {
    private static func plugins(in directory: String) -> (found: [InstalledPlugin], refusal: String?) {
        do throws(PluginError) {
            let trusted = try TrustedDirectory(path: directory)
            return (try trusted.pluginNames().map { InstalledPlugin(name: $0, directory: trusted) }, nil)
        } catch {
            // What lies in a directory that is refused is refused with the same reason, so that it does not vanish.
            let names = error.code == PluginCode.fileMissing.rawValue ? [] : untrustedNames(in: directory)
            return (names.map { InstalledPlugin(refused: "\(directory)/\($0)", error: error) }, error.message)
        }
    }

    private static func untrustedNames(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        return TrustedDirectory.pluginNames(in: stream)
    }

    private static func markShadowed(_ plugins: [InstalledPlugin]) {
        var first: [String: String] = [:]
        for plugin in plugins {
            guard let kind = plugin.kind else { continue }
            let key = kind.name + "/" + plugin.name
            if let file = first[key], file != plugin.report.file {
                if plugin.library == nil { plugin.set(.shadowed, reason: "\(file) comes first") }
            } else {
                first[key] = plugin.report.file
            }
        }
    }

    private static func markNotChosen(_ plugins: [InstalledPlugin], chosen: String) {
        for plugin in plugins where plugin.kind == .enforcer && plugin.name != chosen && plugin.isUsable {
            plugin.set(.notChosen, reason: "usable; \(chosen) was chosen")
        }
    }

    private static func missing(_ kind: PluginKind, _ name: String, in directories: [String]) -> PluginReport {
        let file = "\(directories.first ?? "")/kubearmor-\(kind.name)-\(name).so"
        return PluginReport(
            file: file, status: .error, code: .fileMissing,
            reason: "the configuration names \(kind.name) \(name), and no such plugin is installed")
    }

    private static func reports(of state: State) -> [PluginReport] {
        let all = state.plugins.map(\.currentReport) + state.missing
        return all.sorted { left, right in
            (left.kind?.rawValue ?? .max, left.name, left.file) < (right.kind?.rawValue ?? .max, right.name, right.file)
        }
    }
}
