// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import Glibc

/// A directory that nobody but root (and, without privileges, the caller) can put files into, held open.
///
/// Every directory from the root down is opened by its own name, without following links, and checked through that
/// very descriptor, so that what was checked is what is used. A link in the path that was asked for is resolved
/// first: where it leads is checked like any other path, which is what counts.
///
/// A world-writable directory with the sticky bit, such as /tmp, is passed through when what lies in it belongs to
/// root or to the caller: the sticky bit keeps all others from renaming or exchanging exactly that. It is refused as
/// the last directory, where others could add files of their own.
final class TrustedDirectory: Sendable {
    let descriptor: Int32
    /// The path without links.
    let path: String

    /// Throws `FILE_MISSING`, `PARENT_OWNER`, `PARENT_WRITABLE` or `FILE_UNREADABLE`.
    init(path: String) throws(PluginError) {
        guard let resolved = realpath(path, nil) else {
            let code: PluginCode = errno == ENOENT || errno == ENOTDIR ? .fileMissing : .fileUnreadable
            throw PluginError(code, "directory \(path): \(SystemText.error(errno))")
        }
        defer { free(resolved) }
        let whole = String(cString: resolved)
        descriptor = try Self.walk(whole)
        self.path = whole
    }

    deinit {
        close(descriptor)
    }

    private static func walk(_ path: String) throws(PluginError) -> Int32 {
        let components = path.split(separator: "/").map(String.init)
        var walked = "/"
        var current = kubearmor_openat(AT_FDCWD, "/", kubearmor_walk_flags())
        for index in 0...components.count {
            guard current >= 0 else {
                throw PluginError(.fileUnreadable, "directory \(walked): \(SystemText.error(current))")
            }
            do throws(PluginError) {
                try check(current, path: walked, isLast: index == components.count)
            } catch {
                close(current)
                throw error
            }
            guard index < components.count else { break }
            let next = kubearmor_openat(current, components[index], kubearmor_walk_flags())
            close(current)
            current = next
            walked += (index == 0 ? "" : "/") + components[index]
        }
        return current
    }

    private static func check(_ descriptor: Int32, path: String, isLast: Bool) throws(PluginError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw PluginError(.fileUnreadable, "directory \(path): \(SystemText.error(errno))")
        }
        guard isTrusted(owner: status.st_uid) else {
            throw PluginError(
                .parentOwner,
                "directory \(path) belongs to uid \(status.st_uid), who could exchange the plugins below it: "
                    + "chown root \(path)")
        }
        let isSticky = status.st_mode & S_ISVTX != 0
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 || (isSticky && !isLast) else {
            throw PluginError(
                .parentWritable,
                "directory \(path) can be written to by group or others, who could exchange the plugins below it: "
                    + "chmod go-w \(path)")
        }
    }

    /// Root, and without privileges the process' own user.
    static func isTrusted(owner: uid_t) -> Bool {
        owner == 0 || owner == geteuid()
    }

    /// The names in the directory that begin with `kubearmor-` and end with `.so`, sorted.
    func pluginNames() throws(PluginError) -> [String] {
        let copy = kubearmor_openat(descriptor, ".", kubearmor_walk_flags())
        guard copy >= 0, let stream = fdopendir(copy) else {
            throw PluginError(.fileUnreadable, "directory \(path): \(SystemText.error(errno))")
        }
        defer { closedir(stream) }
        return Self.pluginNames(in: stream)
    }

    /// The same for a directory that is open for reading.
    static func pluginNames(in stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { SystemText.bounded($0) }
            if name.hasPrefix("kubearmor-") && name.hasSuffix(".so") { names.append(name) }
        }
        return names.sorted()
    }
}
