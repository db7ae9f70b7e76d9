// SPDX-License-Identifier: Apache-2.0

/// A container as its cgroup's name tells it, without asking any runtime.
public struct ContainerCgroup: Sendable, Hashable {
    /// `docker`, `containerd`, `cri-o`, `podman`, or the word that stands before the id.
    public let runtime: String
    /// 64 hexadecimal digits.
    public let id: String
    /// cgroup v2 id: the inode number of its directory.
    public let cgroup: UInt64

    public init(runtime: String, id: String, cgroup: UInt64) {
        self.runtime = runtime
        self.id = id
        self.cgroup = cgroup
    }

    /// - Parameters:
    ///   - name: of the cgroup's directory: `docker-<id>.scope` and the like from runtimes that ask systemd for it,
    ///     `<id>` from those that make it themselves
    ///   - parent: name of the directory above
    ///   - cgroup: its id
    /// - Returns: nil for a cgroup that is no container's, such as the one of a container's monitor process
    public init?(name: String, parent: String, cgroup: UInt64) {
        var stem = name[...]
        let isScope = stem.hasSuffix(".scope")
        if isScope { stem = stem.dropLast(".scope".count) }
        guard let id = Self.identifier(atEndOf: stem) else { return nil }
        var prefix = stem.dropLast(id.utf8.count)
        if prefix.isEmpty {
            guard !isScope else { return nil }
            self.init(runtime: Self.runtime(ofParent: parent), id: String(id), cgroup: cgroup)
            return
        }
        guard prefix.last == "-" else { return nil }
        prefix = prefix.dropLast()
        guard !prefix.isEmpty, !prefix.hasSuffix("conmon") else { return nil }
        self.init(runtime: Self.runtime(ofPrefix: String(prefix)), id: String(id), cgroup: cgroup)
    }

    private static func identifier(atEndOf text: Substring) -> Substring? {
        let digits = text.utf8.suffix(64)
        let isID =
            digits.count == 64
            && digits.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        return isID ? Substring(digits) : nil
    }

    private static func runtime(ofPrefix prefix: String) -> String {
        switch prefix {
        case "cri-containerd", "nerdctl": "containerd"
        case "crio": "cri-o"
        case "libpod": "podman"
        default: prefix
        }
    }

    /// Kubernetes with the cgroupfs driver does not tell its runtime: containerd is what most nodes have.
    private static func runtime(ofParent parent: String) -> String {
        parent == "docker" ? "docker" : "containerd"
    }
}
