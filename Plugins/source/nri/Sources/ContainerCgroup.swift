// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NRIProtocol

/// The processes of a container that has not been started.
enum ContainerCgroup {
    private static let hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]

    /// The first process of a cgroup that the runtime names instead of a process; 0 when there is none. The daemon
    /// looks for itself whether it is the container's.
    static func process(in cgroup: String) -> UInt32 {
        guard let path = RuntimeCgroup.path(cgroup) else { return 0 }
        for hierarchy in hierarchies {
            guard let line = firstLine(of: "\(hierarchy)\(path)/cgroup.procs", where: { _ in true }) else { continue }
            return UInt32(line) ?? 0
        }
        return 0
    }

    /// Ends what holds the container's place until it is started, so that it cannot be started. A runtime's word is not
    /// enough: the process must be in a cgroup that bears the container's id.
    static func end(_ id: String, process: UInt32) -> Bool {
        guard id.utf8.count == 64, process > 1, let path = path(of: id, process: process) else { return false }
        for hierarchy in hierarchies {
            let descriptor = open("\(hierarchy)\(path)/cgroup.kill", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            return write(descriptor, "1", 1) == 1
        }
        // Kernels before 5.14.
        return kill(pid_t(process), SIGKILL) == 0
    }

    /// Down to the component that bears the id.
    private static func path(of id: String, process: UInt32) -> String? {
        guard let line = firstLine(of: "/proc/\(process)/cgroup", where: { $0.hasPrefix("0::/") }) else { return nil }
        let components = line.dropFirst(3).split(separator: "/")
        let index = components.firstIndex { component in
            component == id || component.hasSuffix("-\(id)") || component.hasSuffix("-\(id).scope")
        }
        guard let index, !components.contains("..") else { return nil }
        return components[...index].map { "/\($0)" }.joined()
    }

    private static func firstLine(of path: String, where isWanted: (String) -> Bool) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 4096)
        while fgets(&bytes, Int32(bytes.count), file) != nil {
            let text = bytes.prefix { $0 != 0 && $0 != 0x0a }.map { UInt8(bitPattern: $0) }
            let line = String(decoding: text, as: UTF8.self)
            if isWanted(line) { return line }
        }
        return nil
    }
}
