// SPDX-License-Identifier: Apache-2.0

/// The machine codes of plugin statuses and errors. They are stable: a code is never renamed or given another meaning.
///
/// The comment of each case is its documentation: what was found, then what to do.
public enum PluginCode: String, Sendable, CaseIterable {
    /// Nothing is wrong.
    case ok = "OK"
    /// The note was read, the library was not loaded yet. Nothing to do.
    case notProbed = "NOT_PROBED"

    // Finding the file.

    /// There is no such file. Install the plugin, or take its name out of the configuration.
    case fileMissing = "FILE_MISSING"
    /// The file is a symbolic link. Install the library itself.
    case fileIsLink = "FILE_IS_LINK"
    /// The file is a directory, a device, a pipe or a socket. Install the library itself.
    case fileNotRegular = "FILE_NOT_REGULAR"
    /// The file belongs neither to root nor (without privileges) to the daemon's user. chown it.
    case fileOwner = "FILE_OWNER"
    /// Group or others may write to the file. chmod go-w it.
    case fileWritable = "FILE_WRITABLE"
    /// A directory above the file belongs to someone else, who could exchange the file. chown it.
    case parentOwner = "PARENT_OWNER"
    /// Group or others may write to a directory above the file. chmod go-w it.
    case parentWritable = "PARENT_WRITABLE"
    /// The file or a directory above it cannot be read; the reason has the system's error.
    case fileUnreadable = "FILE_UNREADABLE"

    // Describing it: nothing of the library has run.

    /// The file is no ELF file. Install it again.
    case notELF = "NOT_ELF"
    /// The file ends before its own headers say so. Install it again.
    case truncated = "FILE_TRUNCATED"
    /// The library is for another processor. Install the package of this architecture.
    case wrongMachine = "WRONG_MACHINE"
    /// The library has no KubeArmor note: it is not a plugin. Remove it from the directory.
    case notAPlugin = "NOT_A_PLUGIN"
    /// The note cannot be understood. The plugin must be built with plugin.h.
    case badNote = "BAD_NOTE"
    /// The plugin is for another major version of plugin.h. Install the plugin of this daemon's release.
    case wrongABI = "WRONG_ABI"
    /// The file's name is not kubearmor-<kind>-<name>.so with the note's kind and name. Rename it.
    case wrongName = "WRONG_NAME"
    /// Another file with the same kind and name comes first in the search path.
    case shadowed = "SHADOWED"
    /// The node's kernel does not have the Linux security module that the plugin needs in its list (boot option lsm=).
    case needsLSM = "NEEDS_LSM"
    /// The kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF).
    case needsBTF = "NEEDS_BTF"
    /// The kernel is older than the plugin needs.
    case needsKernel = "NEEDS_KERNEL"
    /// The note asks for something this daemon does not know. Install the plugin of this daemon's release.
    case needsUnknown = "NEEDS_UNKNOWN"

    // Loading and negotiating.

    /// The library does not define kubearmor_plugin_entry. It must be built with plugin.h.
    case entrySymbolMissing = "ENTRY_SYMBOL_MISSING"
    /// A library that the plugin is linked with is not installed. The reason names it.
    case libraryMissing = "LIBRARY_MISSING"
    /// A library that the plugin is linked with lacks a function. Upgrade that library.
    case symbolMissing = "SYMBOL_MISSING"
    /// The dynamic linker refused the library for another reason.
    case loadFailed = "LOAD_FAILED"
    /// The plugin refused the daemon's offer; the reason is its own.
    case entryRefused = "ENTRY_REFUSED"
    /// The plugin needs a newer minor version of plugin.h than this daemon has. Upgrade the daemon.
    case abiTooOld = "ABI_MINOR_TOO_OLD"
    /// The plugin answered with another kind than its note says.
    case wrongKind = "WRONG_KIND"
    /// The plugin wrote beyond the answer or left it invalid.
    case badAnswer = "BAD_ANSWER"
    /// The plugin's table has a size that no version of plugin.h gives it.
    case badTable = "BAD_TABLE"
    /// The plugin's table ends before a mandatory entry.
    case tableTooShort = "TABLE_TOO_SHORT"
    /// A mandatory entry is NULL.
    case entryMissing = "ENTRY_MISSING"
    /// The plugin declares a capability, and the entry that it takes is NULL.
    case capabilityWithoutEntry = "CAPABILITY_WITHOUT_ENTRY"

    // Probing, choosing and calling.

    /// The plugin cannot work on this node; the reason is its own.
    case unusable = "PROBE_UNUSABLE"
    /// The probe itself failed.
    case probeFailed = "PROBE_FAILED"
    /// The child process that probed the plugin was ended by a signal.
    case probeCrashed = "PROBE_CRASHED"
    /// The child process that probed the plugin did not end in time.
    case probeTimeout = "PROBE_TIMEOUT"
    /// Usable, but another enforcer was chosen.
    case notChosen = "NOT_CHOSEN"
    /// The plugin could not be opened; the reason is its own.
    case openFailed = "OPEN_FAILED"
    /// A call failed; the message has the plugin's text and errno.
    case callFailed = "CALL_FAILED"
    /// The plugin does not have the entry.
    case entryAbsent = "ENTRY_ABSENT"
    /// The plugin was closed before.
    case closed = "CLOSED"
    /// No enforcer of the order can be used, and one was required.
    case noEnforcer = "NO_ENFORCER"

    /// The status of a file with this code.
    public var status: PluginStatus {
        switch self {
        case .ok, .notProbed, .notChosen: .ready
        case .shadowed, .needsLSM, .needsBTF, .needsKernel, .unusable: .skipped
        default: .error
        }
    }
}
