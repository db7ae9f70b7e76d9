// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The cgroup v2 hierarchy, looked through for containers.
public struct CgroupTree: Sendable {
    /// Levels of directories that are looked into; Kubernetes puts containers at the fifth.
    private static let depthLimit = 16

    /// Where the hierarchy is mounted.
    public let root: String

    public init(root: String) { self.root = root }

    /// The mounted hierarchy; nil on a machine that has none.
    public static func mounted() -> CgroupTree? {
        // A file that version 1 does not have.
        ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first { access("\($0)/cgroup.controllers", F_OK) == 0 }
            .map(CgroupTree.init)
    }

    /// All containers at this moment. What a container has below its own cgroup is part of it. What is made in a
    /// directory that others than root may write to is none, whatever its name: a user to whom a part of the hierarchy
    /// was delegated would leave the host's rules by such a name.
    ///
    /// - Parameters:
    ///   - known: containers by cgroup whose names the hierarchy need not tell
    ///   - willRead: called with every directory that is not a container's, before it is read: a watch that is set
    ///     there misses nothing
    public func containers(
        known: [UInt64: ContainerCgroup] = [:], willRead: (String) -> Void
    ) -> [ContainerCgroup] {
        var found: [ContainerCgroup] = []
        look(into: root, name: "", depth: 0, known, willRead, &found)
        return found
    }

    private func look(
        into path: String, name: String, depth: Int, _ known: [UInt64: ContainerCgroup],
        _ willRead: (String) -> Void, _ found: inout [ContainerCgroup]
    ) {
        guard depth < Self.depthLimit else { return }
        willRead(path)
        // A directory that went meanwhile holds nothing.
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        guard Self.isRootsAlone(directory) else { return }
        while let entry = readdir(directory) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let child = FileText.name(of: entry)
            if child == "." || child == ".." { continue }
            let cgroup = UInt64(entry.pointee.d_ino)
            // The kernel gives the number of a cgroup that went to no other.
            if let container = known[cgroup] ?? ContainerCgroup(name: child, parent: name, cgroup: cgroup) {
                found.append(container)
            } else {
                look(into: "\(path)/\(child)", name: child, depth: depth + 1, known, willRead, &found)
            }
        }
    }

    /// Whether nobody but root, or whom this process is run by, can make something in it.
    private static func isRootsAlone(_ directory: OpaquePointer) -> Bool {
        var status = stat()
        guard fstat(dirfd(directory), &status) == 0 else { return false }
        return isRootsAlone(status)
    }

    static func isRootsAlone(_ status: stat) -> Bool {
        (status.st_uid == 0 || status.st_uid == geteuid()) && status.st_mode & (S_IWGRP | S_IWOTH) == 0
    }
}
