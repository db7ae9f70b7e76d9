// SPDX-License-Identifier: Apache-2.0

extension WorkloadNeeds {
    /// More programs than this have an object in common: it is anybody's.
    private static let sourceLimit = 3
    /// So many files of one directory stand for all of them.
    private static let fileLimit = 8
    /// The same of directories for temporary files, whose names are new every time.
    private static let temporaryLimit = 3
    private static let temporary: Set<String> = ["/tmp/", "/var/tmp/", "/dev/shm/"]
    /// Where files of all kinds lie beside each other: each is named.
    private static let mixed = Set(
        """
        bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys usr var usr/bin usr/lib usr/local \
        usr/local/bin usr/sbin usr/share var/lib var/log var/run var/spool etc/ssh etc/ssl etc/kubernetes root/.ssh
        """.split(separator: " ").map { "/\($0)/" } + ["/"])
    /// So many directories of one that are whole stand for all below it.
    private static let directoryLimit = 3

    /// Says the same with fewer rules, and a little more of it.
    mutating func generalise() {
        programs = Set(Self.merged(programs.reduce(into: [:]) { $0[$1] = false }).keys)
        files = Self.merged(files)
        generaliseDirectories()
        generaliseDomains()
        protocols = protocols.mapValues { $0.contains(nil) ? [nil] : $0 }
        capabilities = capabilities.mapValues { $0.contains(nil) ? [nil] : $0 }
    }

    /// An object that many programs need is anybody's, and so is one that an unknown program needs.
    private static func merged(_ keys: [Key: Bool]) -> [Key: Bool] {
        var merged: [Key: Bool] = [:]
        for (object, group) in Dictionary(grouping: keys, by: \.key.object) {
            if group.count > sourceLimit || group.contains(where: { $0.key.source == nil }) {
                merged[Key(object: object, source: nil)] = group.contains(where: \.value)
            } else {
                for (key, writes) in group { merged[key] = writes }
            }
        }
        return merged
    }

    private mutating func generaliseDirectories() {
        var children: [String: Set<String>] = [:]
        for key in files.keys {
            guard case .path(let path) = key.object, let slash = path.lastIndex(of: "/") else { continue }
            children[String(path[...slash]), default: []].insert(path)
        }
        var whole: Set<String> = []
        for (directory, paths) in children {
            let limit = Self.temporary.contains(directory) ? Self.temporaryLimit : Self.fileLimit
            if paths.count >= limit, !Self.mixed.contains(directory) { whole.insert(directory) }
        }
        var trees: Set<String> = []
        for (parent, inner) in Dictionary(grouping: whole, by: Self.parent)
        where inner.count >= Self.directoryLimit && !Self.mixed.contains(parent) {
            trees.insert(parent)
        }
        for directory in whole where !trees.contains(where: { directory.hasPrefix($0) && directory != $0 }) {
            replace(.directory(directory, recursive: false)) { Self.parent($0 + "/") == directory }
        }
        for tree in trees where !trees.contains(where: { tree.hasPrefix($0) && tree != $0 }) {
            replace(.directory(tree, recursive: true)) { $0.hasPrefix(tree) }
        }
    }

    /// Many names below one stand for all below it: names of shards, of hosts, of what is measured. A name above it has
    /// two labels at least, so that nobody is permitted all of `com`.
    private mutating func generaliseDomains() {
        let below = Dictionary(grouping: domains.keys) { $0.drop { $0 != "." }.dropFirst() }
        for (parent, names) in below where names.count >= Self.fileLimit && parent.contains(".") {
            var sources: Set<String?> = []
            for name in names { sources.formUnion(domains.removeValue(forKey: name) ?? []) }
            domains["*.\(parent)"] = sources
        }
        domains = domains.mapValues { $0.count > Self.sourceLimit || $0.contains(nil) ? [nil] : $0 }
    }

    /// `/a/b/` of `/a/b/c/`.
    private static func parent(_ directory: String) -> String {
        guard let slash = directory.dropLast().lastIndex(of: "/") else { return "/" }
        return String(directory[...slash])
    }

    /// Puts one rule in the place of those for the paths that lie in it. What is only read there may be read, and so
    /// may the rest; what is written is named further on, unless most of it is.
    private mutating func replace(_ object: RuleObject, where holds: (String) -> Bool) {
        let inner = files.filter { entry in
            if case .path(let path) = entry.key.object { holds(path) } else { false }
        }
        let written = Set(inner.filter(\.value).map(\.key.object))
        let all = Set(inner.map(\.key.object))
        let writes = written.count * 2 > all.count
        let replaced = inner.filter { writes || !written.contains($0.key.object) }
        var sources = Set(replaced.map(\.key.source))
        if sources.count > Self.sourceLimit || sources.contains(nil) { sources = [nil] }
        for key in replaced.keys { files[key] = nil }
        for source in sources {
            let key = Key(object: object, source: source)
            files[key] = files[key] ?? false || writes
        }
    }
}
