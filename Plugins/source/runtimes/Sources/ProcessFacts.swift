// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// What procfs says about a container's first process.
package enum ProcessFacts {
    /// The parent's number; nil for a process that is gone.
    package static func parent(of pid: UInt32) -> UInt32? {
        let descriptor = kubearmor_open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        // The command's name may itself hold blanks and parentheses.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? UInt32(fields[1]) : nil
    }

    /// The process's working directory; nil when it cannot be read.
    package static func workingDirectory(of pid: UInt32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the folder is the process's root.
    package static func isRoot(_ path: String, of pid: UInt32) -> Bool {
        var (folder, root) = (stat(), stat())
        return stat(path, &folder) == 0 && stat("/proc/\(pid)/root", &root) == 0
            && folder.st_dev == root.st_dev && folder.st_ino == root.st_ino
    }
}
