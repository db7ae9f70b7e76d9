// SPDX-License-Identifier: Apache-2.0

/// What a recommended rule about files or programs names.
enum RuleObject: Hashable, Comparable {
    case path(String)
    /// Ends in `/`.
    case directory(String, recursive: Bool)
    case pattern(String)

    /// Characters that a path rule may hold and that mean something in a pattern.
    private static let signs = Set("*?[{]}()|^$+\\")

    /// The rule's object for a path as it was seen; nil for one that no policy can name.
    init?(of path: String) {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count < 4096 else { return nil }
        // Bytes that are no UTF-8 are told in a way of their own, and a name with a line in it is nobody's need.
        let isOdd = path.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f || $0.value >= 0x10ff00 }
        if path.contains("\\x") || isOdd {
            return nil
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        if parts.contains("..") { return nil }
        if parts.isEmpty {
            self = .directory("/", recursive: false)
        } else if parts[0] == "proc", parts.dropFirst().contains(where: Self.isOfTask) {
            self = .pattern("/" + parts.map { Self.isOfTask($0) ? "*" : Self.plain($0) }.joined(separator: "/"))
        } else if path.contains(where: { "*?[{".contains($0) }) {
            self = .pattern("/" + parts.map(Self.plain).joined(separator: "/"))
        } else {
            self = .path("/" + parts.filter { $0 != "." }.joined(separator: "/"))
        }
    }

    /// Names that each task has another of.
    private static func isOfTask(_ part: Substring) -> Bool {
        part == "self" || part == "thread-self" || part.allSatisfy { ("0"..."9").contains($0) }
    }

    private static func plain(_ part: Substring) -> String { String(part.map { signs.contains($0) ? "?" : $0 }) }

    /// The section's list, and the field in it.
    var list: (section: String, field: String) {
        switch self {
        case .path: ("matchPaths", "path")
        case .directory: ("matchDirectories", "dir")
        case .pattern: ("matchPatterns", "pattern")
        }
    }

    var text: String {
        switch self {
        case .path(let text), .directory(let text, _), .pattern(let text): text
        }
    }

    static func < (left: RuleObject, right: RuleObject) -> Bool {
        (left.text, left.list.field, left.isRecursive ? 1 : 0) < (
            right.text, right.list.field, right.isRecursive ? 1 : 0
        )
    }

    var isRecursive: Bool {
        if case .directory(_, let recursive) = self { recursive } else { false }
    }
}
