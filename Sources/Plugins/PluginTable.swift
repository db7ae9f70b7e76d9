// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import Glibc
import PluginABI

/// The daemon's copy of a plugin's table: of the daemon's own size, zero where the plugin's is shorter, with a thunk in
/// the place of every entry. Lives as long as the process.
struct PluginTable: @unchecked Sendable {
    // Unchecked: the memory is written in init and only read afterwards.

    /// A struct kubearmor_enforcer, …_monitor, …_feeder or …_source.
    let pointer: UnsafeMutableRawPointer
    let kind: PluginKind
    let recorders: [EntryRecorder]
    /// The struct_size that the plugin's own table has.
    let foreignSize: Int

    static func size(of kind: PluginKind) -> Int {
        switch kind {
        case .enforcer: MemoryLayout<kubearmor_enforcer>.size
        case .monitor: MemoryLayout<kubearmor_monitor>.size
        case .feeder: MemoryLayout<kubearmor_feeder>.size
        case .source: MemoryLayout<kubearmor_source>.size
        }
    }

    /// Copies the plugin's table. With `counting` false the entries are the plugin's own functions.
    /// Throws `BAD_TABLE`, `TABLE_TOO_SHORT` or `ENTRY_MISSING`.
    init(copying foreign: UnsafeRawPointer, kind: PluginKind, plugin: String, counting: Bool = true)
        throws(PluginError)
    {
        guard Int(bitPattern: foreign) % 8 == 0 else {
            throw PluginError(.badTable, "the table of \(plugin) is not aligned: build it with plugin.h")
        }
        let size = Self.size(of: kind)
        foreignSize = Int(foreign.load(as: UInt32.self))
        guard foreignSize >= 16, foreignSize % 8 == 0, foreignSize <= 1 << 16 else {
            throw PluginError(.badTable, "the table of \(plugin) says that it has \(foreignSize) bytes")
        }
        pointer = .allocate(byteCount: size, alignment: 8)
        memset(pointer, 0, size)
        memcpy(pointer, foreign, min(size, foreignSize))
        pointer.storeBytes(of: UInt32(size), as: UInt32.self)
        self.kind = kind
        var recorders: [EntryRecorder] = []
        for entry in EntrySignature.entries(of: kind) {
            guard let function = pointer.load(fromByteOffset: entry.offset, as: UnsafeRawPointer?.self) else {
                if entry.isMandatory { throw Self.missing(entry, of: plugin, size: foreignSize) }
                continue
            }
            guard counting else { continue }
            let recorder = EntryRecorder(plugin: plugin, signature: entry, target: function)
            // Without executable memory (a hardened kernel) the plugin is called directly, uncounted.
            guard let thunk = recorder.makeThunk() else { continue }
            pointer.storeBytes(of: thunk, toByteOffset: entry.offset, as: UnsafeMutableRawPointer.self)
            recorders.append(recorder)
        }
        self.recorders = recorders
    }

    private static func missing(_ entry: EntrySignature, of plugin: String, size: Int) -> PluginError {
        let what = "the mandatory entry \(entry.name) of \(entry.kind.name) \(plugin)"
        guard entry.offset + 8 > size else { return PluginError(.entryMissing, "\(what) is NULL") }
        return PluginError(.tableTooShort, "the table has \(size) bytes and ends before \(what)")
    }

    func has(_ entry: String) -> Bool {
        function(entry) != nil
    }

    /// What is to be called for an entry, nil when the plugin does not have it.
    func function(_ entry: String) -> UnsafeRawPointer? {
        guard let signature = EntrySignature.entries(of: kind).first(where: { $0.name == entry }) else { return nil }
        return pointer.load(fromByteOffset: signature.offset, as: UnsafeRawPointer?.self)
    }

    /// The capabilities that take an optional entry: those that are declared without it.
    func checkCapabilities(_ capabilities: [String], plugin: String) throws(PluginError) {
        let entries = ["events": "poll", "adopt": "snapshot", "prepare": "prepare"]
        for capability in capabilities {
            guard let entry = entries[capability], !has(entry) else { continue }
            throw PluginError(
                .capabilityWithoutEntry,
                "\(kind.name) \(plugin) declares the capability \(capability), and its entry \(entry) is NULL")
        }
    }
}
