// SPDX-License-Identifier: Apache-2.0

/// What is known about one plugin's file: one line of `kubearmor plugins list`.
public struct PluginReport: Sendable, Hashable {
    /// Nil when neither the note nor the file's name tells.
    public internal(set) var kind: PluginKind?
    public internal(set) var name: String
    public internal(set) var version = ""
    /// major.minor of the plugin.h that the plugin was built with, empty when unknown.
    public internal(set) var abi = ""
    public internal(set) var status: PluginStatus
    /// See ``PluginCode``.
    public internal(set) var code: String
    /// Why the status is what it is, one sentence; with `ready` and `active` possibly a restriction.
    public internal(set) var reason: String
    /// The file's path.
    public internal(set) var file: String
    public internal(set) var license = ""
    /// The note's words, such as `lsm=bpf btf kernel>=6.1`.
    public internal(set) var needs = ""
    public internal(set) var summary = ""
    /// How it works on this node, as its probe said.
    public internal(set) var mode = ""
    public internal(set) var capabilities: [String] = []
    /// The libraries that the file is linked with (DT_NEEDED).
    public internal(set) var neededLibraries: [String] = []
    /// The libraries that it opens when it needs them (.note.dlopen).
    public internal(set) var lazyLibraries: [String] = []
    /// The fingerprint of the plugin.h it was built with, hexadecimal; empty before it was loaded.
    public internal(set) var headerHash = ""
    /// The calls made so far, empty before it was loaded.
    public internal(set) var calls: [EntryStatistics] = []

    init(file: String, status: PluginStatus, code: PluginCode, reason: String) {
        self.file = file
        self.status = status
        self.code = code.rawValue
        self.reason = reason
        (kind, name) = Self.identity(fromPath: file)
    }

    /// Kind and name as the file's name tells them: `kubearmor-<kind>-<name>.so`.
    static func identity(fromPath path: String) -> (kind: PluginKind?, name: String) {
        let base = path.split(separator: "/").last.map(String.init) ?? path
        guard base.hasPrefix("kubearmor-"), base.hasSuffix(".so") else { return (nil, base) }
        let parts = base.dropFirst("kubearmor-".count).dropLast(".so".count).split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let kind = PluginKind(name: parts[0]) else { return (nil, base) }
        return (kind, String(parts[1]))
    }

    mutating func set(_ code: PluginCode, status: PluginStatus? = nil, reason: String) {
        self.code = code.rawValue
        self.status = status ?? code.status
        self.reason = reason
    }

    mutating func set(_ error: PluginError) {
        code = error.code
        status = error.status
        reason = error.message
    }
}
