// SPDX-License-Identifier: Apache-2.0

/// The executables from which a rule applies (`fromSource`).
public struct RuleSource: Sendable, Hashable {
    /// `.path`, `.directory` or `.pattern`.
    public let match: MatchKind
    /// An absolute path, a directory that ends in `/`, or a glob.
    public let path: String
    /// Of a directory: with everything below it.
    public let recursive: Bool

    /// A source. The paths are the workload's own.
    public init(match: MatchKind, path: String, recursive: Bool = false) {
        self.match = match
        self.path = path
        self.recursive = recursive
    }

    /// By bytes: two spellings of one character are two paths.
    public static func == (left: RuleSource, right: RuleSource) -> Bool {
        left.match == right.match && left.recursive == right.recursive
            && left.path.utf8.elementsEqual(right.path.utf8)
    }

    /// By bytes, as `==`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(match)
        hasher.combine(recursive)
        for byte in path.utf8 { hasher.combine(byte) }
    }
}
