// SPDX-License-Identifier: Apache-2.0

/// Where a runtime has a container's cgroup made, from what it tells runc.
package enum RuntimeCgroup {
    /// The path in the hierarchy: that of cgroupfs as it is (`/k8s.io/<id>`), systemd's (`<slice>:<prefix>:<name>`) put
    /// together. Nil for what is neither.
    package static func path(_ told: String) -> String? {
        let parts = told.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let path: String
        switch parts.count {
        case 1: path = told
        case 3:
            guard let folders = folders(ofSlice: parts[0].isEmpty ? "system.slice" : parts[0]) else { return nil }
            let name = parts[2]
            path = folders + "/" + (name.hasSuffix(".slice") ? name : "\(parts[1])-\(name).scope")
        default: return nil
        }
        let components = path.split(separator: "/")
        guard !components.isEmpty, !components.contains(".."), !components.contains(".") else { return nil }
        return components.map { "/\($0)" }.joined()
    }

    /// systemd puts `a-b.slice` into `a.slice`.
    private static func folders(ofSlice slice: String) -> String? {
        guard slice.hasSuffix(".slice") else { return nil }
        let name = slice.dropLast(".slice".count)
        if name == "-" { return "" }
        let words = name.split(separator: "-", omittingEmptySubsequences: false)
        guard !words.contains(where: \.isEmpty) else { return nil }
        return words.indices.map { "/" + words[...$0].joined(separator: "-") + ".slice" }.joined()
    }
}
