// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
public import JSON

/// A file in which a running daemon says something, for commands that run in other processes.
public enum StatusFile {
    /// Writes the file for this process in one step: a reader sees the old one or the new one. Throws
    /// `FILE_UNREADABLE` with the system's error.
    ///
    /// - Parameter members: of the object, besides the process' own
    public static func write(_ members: [(key: String, value: JSONValue)], to path: String) throws(PluginError) {
        let pid = getpid()
        let process: [(key: String, value: JSONValue)] = [
            ("pid", .integer(Int64(pid))), ("started", .string(startTime(of: pid) ?? "")),
        ]
        let temporary = "\(path).\(pid)"
        let fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard fd >= 0 else { throw failure(temporary) }
        let text = JSONValue.object(process + members).indentedText + "\n"
        let isWritten = kubearmor_write_all(fd, text, text.utf8.count) == 0
        guard close(fd) == 0, isWritten, rename(temporary, path) == 0 else {
            let error = failure(path)
            unlink(temporary)
            throw error
        }
    }

    /// What the daemon that wrote the file says, while it runs; nil when there is none.
    public static func read(_ path: String) -> JSONValue? {
        guard let content = SystemText.contents(of: path, limit: 1 << 26), let value = JSONParser.parse(content),
            let pid = value["pid"]?.integer.flatMap(pid_t.init(exactly:)), pid > 0,
            // The pid alone could be another process' by now.
            let started = startTime(of: pid), value["started"]?.string == started
        else { return nil }
        return value
    }

    /// Clock ticks after boot, field 22 of /proc/<pid>/stat; nil when there is no such process.
    private static func startTime(of pid: pid_t) -> String? {
        // The name of the process, in parentheses, may hold anything.
        guard let text = SystemText.contents(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }

    private static func failure(_ path: String) -> PluginError {
        PluginError(.fileUnreadable, "cannot write \(path): \(SystemText.error(errno))")
    }
}
