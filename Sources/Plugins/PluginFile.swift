// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import Glibc

/// A plugin's library, opened once and found to be safe: everything that follows uses this descriptor, so that nobody
/// can exchange the file between the check and the load.
final class PluginFile: Sendable {
    let descriptor: Int32
    let path: String
    let size: UInt64

    /// Throws the code of what is wrong with the file or with a directory above it.
    convenience init(path: String) throws(PluginError) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try self.init(name: name, directory: TrustedDirectory(path: directory))
    }

    init(name: String, directory: TrustedDirectory) throws(PluginError) {
        path = directory.path == "/" ? "/\(name)" : "\(directory.path)/\(name)"
        descriptor = kubearmor_openat(directory.descriptor, name, kubearmor_plugin_flags())
        switch descriptor {
        case 0...: break
        case -ENOENT: throw PluginError(.fileMissing, "there is no file \(path)")
        case -ELOOP: throw PluginError(.fileIsLink, "\(path) is a symbolic link: install the library itself")
        case -ENXIO: throw PluginError(.fileNotRegular, "\(path) is no regular file")
        default: throw PluginError(.fileUnreadable, "\(path): \(SystemText.error(descriptor))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            size = 0
            throw PluginError(.fileUnreadable, "\(path): \(SystemText.error(errno))")
        }
        size = UInt64(status.st_size)
        try Self.check(status, path: path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static func check(_ status: stat, path: String) throws(PluginError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw PluginError(.fileNotRegular, "\(path) is no regular file")
        }
        guard TrustedDirectory.isTrusted(owner: status.st_uid) else {
            throw PluginError(.fileOwner, "\(path) belongs to uid \(status.st_uid): chown root \(path)")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw PluginError(.fileWritable, "\(path) can be written to by group or others: chmod go-w \(path)")
        }
    }
}
