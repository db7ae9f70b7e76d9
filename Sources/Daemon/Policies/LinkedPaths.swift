// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where paths of this host really lead: a rule for a path through a symbolic link never matches, since what tasks do
/// is seen at the place that the link leads to.
package struct LinkedPaths {
    /// Directories that were asked about.
    private var directories: [String: String] = [:]

    /// The path that an access to `path` is seen at; nil when that is the same.
    ///
    /// - Parameter path: absolute; need not exist
    package init() {}

    package mutating func place(of path: String) -> String? {
        let isDirectory = path.hasSuffix("/")
        let plain = isDirectory ? String(path.dropLast()) : path
        guard let slash = plain.lastIndex(of: "/"), !plain.isEmpty else { return nil }
        let parent = String(plain[..<slash])
        let found = resolved("\(directory(parent))/\(plain[plain.index(after: slash)...])")
        return found == plain ? nil : found + (isDirectory ? "/" : "")
    }

    /// Without a slash at the end: empty for the root.
    private mutating func directory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        if let known = directories[path] { return known }
        let parent = directory(String(path[..<slash]))
        let found = resolved("\(parent)/\(path[path.index(after: slash)...])")
        directories[path] = found
        return found
    }

    /// The path itself where there is nothing yet.
    private func resolved(_ path: String) -> String {
        guard let text = realpath(path, nil) else { return path }
        defer { free(text) }
        return String(cString: text)
    }
}
