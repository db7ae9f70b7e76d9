// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Finds the cgroup of a container that a source tells of, and does not take the source's word for it.
///
/// A runtime names a container's cgroup by the container's id. So the process that the source names as the container's
/// first is asked for its cgroup, and that, or one above, must bear the id: a number that is another process's by now
/// leads to no container.
public struct ContainerPlace: Sendable {
    /// Why a container is not where its source says.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// The process is gone; nothing is wrong with that.
        case gone
        case noOwnCgroup(path: String)
        case sharedWithHost(path: String)
        case notRoots(path: String)
        case otherCgroup(told: UInt64, found: UInt64)

        public var description: String {
            switch self {
            case .gone: "its process is gone"
            case .noOwnCgroup(let path):
                "its process is in the cgroup \(path), which is not named by the container's id: have the runtime "
                    + "name it so, on a host with cgroup v2"
            case .sharedWithHost(let path): "the cgroup \(path) has processes of the host"
            case .notRoots(let path): "others than root may write to the cgroup \(path)"
            case .otherCgroup(let told, let found): "it is said to be in cgroup \(told) and is in \(found)"
            }
        }
    }

    private let tree: CgroupTree
    private let procfs: String

    /// - Parameter procfs: where procfs is mounted
    public init(_ tree: CgroupTree, procfs: String = "/proc") {
        self.tree = tree
        self.procfs = procfs
    }

    /// The cgroup of the container; nil for one without a process.
    public func cgroup(of report: ContainerReport) throws(Refusal) -> ContainerCgroup? {
        guard report.isAlive else { return nil }
        guard let path = Self.path(ofProcess: "\(report.initPID)", procfs) else { throw .gone }
        let components = path.split(separator: "/").map(String.init)
        guard let index = components.firstIndex(where: { Self.isName($0, of: report.ownID) }) else {
            throw .noOwnCgroup(path: path)
        }
        let own = "/" + components[...index].joined(separator: "/")
        for process in ["1", "self"] where Self.path(ofProcess: process, procfs).map({ Self.isAt(own, $0) }) ?? false {
            throw .sharedWithHost(path: own)
        }
        let cgroup = try inode(of: components[...index])
        if report.cgroup != 0, report.cgroup != cgroup {
            throw .otherCgroup(told: report.cgroup, found: cgroup)
        }
        return ContainerCgroup(runtime: report.runtime, id: report.id, cgroup: cgroup)
    }

    /// The container that a process is in, of those known by their cgroups.
    public func container(ofProcess pid: UInt32, among known: [UInt64: ContainerCgroup]) -> ContainerCgroup? {
        guard let path = Self.path(ofProcess: "\(pid)", procfs) else { return nil }
        var (directory, status) = (tree.root, stat())
        for component in path.split(separator: "/") {
            directory += "/\(component)"
            guard component != "..", lstat(directory, &status) == 0 else { return nil }
            if let container = known[UInt64(status.st_ino)] { return container }
        }
        return nil
    }

    /// The path in the version 2 hierarchy; nil for a process that is gone.
    private static func path(ofProcess process: String, _ procfs: String) -> String? {
        guard let text = try? FileText.string(of: "\(procfs)/\(process)/cgroup", limit: 1 << 16) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) } ?? "/"
    }

    private static func isAt(_ cgroup: String, _ path: String) -> Bool {
        path == cgroup || path.hasPrefix(cgroup + "/")
    }

    /// `<id>`, `<word>-<id>`, and both as a scope of systemd's. Of short ids only the plain form, and a scope's.
    static func isName(_ component: String, of id: String) -> Bool {
        let isScope = component.hasSuffix(".scope")
        let stem = isScope ? String(component.dropLast(".scope".count)) : component
        if component == id || stem == id { return true }
        return (isScope || id.utf8.count == 64) && stem.hasSuffix("-\(id)")
    }

    private func inode(of components: ArraySlice<String>) throws(Refusal) -> UInt64 {
        var path = tree.root
        var status = stat()
        for component in components {
            // The path of a process outside of the daemon's cgroup namespace goes up.
            guard component != ".." else { throw .noOwnCgroup(path: path) }
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .gone }
            guard CgroupTree.isRootsAlone(status) else { throw .notRoots(path: path) }
            path += "/\(component)"
        }
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .gone }
        return UInt64(status.st_ino)
    }
}
