// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// One file that was found, from its description to its probe. Not safe for use by two threads at once: the registry
/// guards it.
final class InstalledPlugin {
    private(set) var report: PluginReport
    private let file: PluginFile?
    private let note: PluginNote?
    private(set) var library: PluginLibrary?
    private(set) var isProbed = false

    /// Reads the file's description; nothing of it runs.
    init(name: String, directory: TrustedDirectory) {
        do throws(PluginError) {
            let file = try PluginFile(name: name, directory: directory)
            var report = PluginReport(file: file.path, status: .ready, code: .notProbed, reason: "not probed yet")
            self.file = file
            note = Self.describe(file, in: &report)
            self.report = report
        } catch {
            file = nil
            note = nil
            report = PluginReport(file: "\(directory.path)/\(name)", status: .error, code: .ok, reason: "")
            report.set(error)
        }
    }

    /// As above, for a file that was named by its path.
    init(path: String) {
        do throws(PluginError) {
            let file = try PluginFile(path: path)
            var report = PluginReport(file: file.path, status: .ready, code: .notProbed, reason: "not probed yet")
            self.file = file
            note = Self.describe(file, in: &report)
            self.report = report
        } catch {
            file = nil
            note = nil
            report = PluginReport(file: path, status: .error, code: .ok, reason: "")
            report.set(error)
        }
    }

    /// A file in a directory that was refused.
    init(refused path: String, error: PluginError) {
        file = nil
        note = nil
        report = PluginReport(file: path, status: .error, code: .ok, reason: "")
        report.set(error)
    }

    var kind: PluginKind? { report.kind }
    var name: String { report.name }
    var isUsable: Bool { report.status == .ready && isProbed }

    /// The report with the calls made so far.
    var currentReport: PluginReport {
        var current = report
        if current.status == .active, instance?.isClosed ?? false {
            current.set(.ok, status: .ready, reason: "closed")
        }
        current.calls = library?.table.recorders.map(\.statistics) ?? []
        return current
    }

    func set(_ code: PluginCode, status: PluginStatus? = nil, reason: String) {
        report.set(code, status: status, reason: reason)
    }

    func set(_ error: PluginError) {
        report.set(error)
    }

    func matches(_ kind: PluginKind, _ name: String) -> Bool {
        self.kind == kind && self.name == name && report.code != PluginCode.shadowed.rawValue
    }

    /// A restriction that the probe named though the plugin is usable.
    private var probeRemark = ""
    private var instance: PluginInstance?

    /// Probes it if need be, and opens it. Throws the error that is in the report from now on.
    func open(services: any PluginServices) throws(PluginError) -> PluginInstance {
        if let instance, !instance.isClosed { throw PluginError(.openFailed, "\(name) is open already") }
        probe(services: services)
        guard report.status == .ready || report.status == .active, let library else {
            throw PluginError(PluginCode(rawValue: report.code) ?? .openFailed, report.reason)
        }
        do throws(PluginError) {
            let opened = try PluginInstance(library: library, report: report)
            instance = opened
            report.set(.ok, status: .active, reason: probeRemark)
            return opened
        } catch {
            report.set(error)
            throw error
        }
    }

    /// Loads an enforcer's library, also where the node lacks what it needs to work. Throws the error of a file that is
    /// refused.
    func preview(services: any PluginServices) throws(PluginError) -> EnforcerPreview {
        guard let library = try load(services: services) else {
            throw PluginError(PluginCode(rawValue: report.code) ?? .loadFailed, report.reason)
        }
        return EnforcerPreview(name: name, table: library.table)
    }

    /// Returns nil, with the error in the report, when the file is not to be loaded. What the node lacks is an error in
    /// the report, too, but the file is sound.
    private static func describe(_ file: PluginFile, in report: inout PluginReport) -> PluginNote? {
        do throws(PluginError) {
            let image = try PluginImage(file: file)
            let note = image.note
            let expected = report.file.split(separator: "/").last.map(String.init) ?? ""
            report.fill(from: image)
            guard note.major == UInt16(KUBEARMOR_ABI_MAJOR) else {
                throw PluginError(
                    .wrongABI,
                    "\(note.name) is for plugin.h \(note.abi), this daemon has "
                        + "\(KUBEARMOR_ABI_MAJOR).\(KUBEARMOR_ABI_MINOR): install the plugin of this daemon's release")
            }
            guard expected == note.fileName else {
                throw PluginError(
                    .wrongName, "the file is named \(expected), its note says \(note.fileName): rename it")
            }
            guard image.definesEntry else {
                throw PluginError(.entrySymbolMissing, "\(expected) does not define \(KUBEARMOR_ENTRY_SYMBOL)")
            }
            if let unmet = NodeNeeds.current().unmet(note.needs) { report.set(unmet) }
            return note
        } catch {
            report.set(error)
            return nil
        }
    }

    /// Loads the library and negotiates with it, once. Throws the code of what is wrong.
    @discardableResult
    func load(services: any PluginServices, counting: Bool = true) throws(PluginError) -> PluginLibrary? {
        if let library { return library }
        guard let file, let note else { return nil }
        let loaded = try PluginLibrary(file: file, note: note, services: services, counting: counting)
        report.headerHash = String(loaded.headerHash, radix: 16)
        library = loaded
        return loaded
    }

    /// Loads and probes; the outcome is in the report. Up to 30 s. What was probed before is not probed again.
    func probe(services: any PluginServices) {
        guard !isProbed, report.status == .ready else { return }
        isProbed = true
        do throws(PluginError) {
            guard let library = try load(services: services) else { return }
            let finding = try library.probe(plugin: name)
            report.mode = finding.mode
            report.capabilities = finding.capabilities
            try library.table.checkCapabilities(finding.capabilities, plugin: name)
            guard finding.isUsable else {
                let reason = finding.reason.isEmpty ? "the plugin's probe gives no reason" : finding.reason
                throw PluginError(.unusable, reason)
            }
            probeRemark = finding.reason
            report.set(.ok, reason: finding.reason)
        } catch {
            report.set(error)
        }
    }
}

extension PluginReport {
    fileprivate mutating func fill(from image: PluginImage) {
        kind = image.note.kind
        name = image.note.name
        version = image.note.version
        abi = image.note.abi
        license = image.note.license
        needs = image.note.needs
        summary = image.note.summary
        neededLibraries = image.neededLibraries
        lazyLibraries = image.lazyLibraries
    }
}
