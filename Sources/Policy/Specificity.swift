// SPDX-License-Identifier: Apache-2.0

/// The order in which rules that match the same object are asked: most specific first, then by action, then by id.
struct Specificity: Comparable {
    /// Path, execname, directory, pattern.
    private let kind: Int
    /// Longer directories and literal prefixes first.
    private let length: Int
    /// A directory's direct rule before its recursive one.
    private let isRecursive: Int
    private let action: Int
    private let id: UInt32

    init(_ rule: ResolvedRule) {
        switch rule.match {
        case .path: (kind, length) = (0, 0)
        case .execname: (kind, length) = (1, 0)
        case .directory: (kind, length) = (2, rule.object.utf8.count)
        case .pattern: (kind, length) = (3, (try? Glob(rule.object))?.literalPrefixLength ?? 0)
        case .protocol: (kind, length) = (NetworkProtocol.rank(of: rule.object), 0)
        case .domain: (kind, length) = (rule.object.hasPrefix("*") ? 1 : 0, rule.object.utf8.count)
        case .syscall: (kind, length) = (0, SyscallObject(rule.object).path?.utf8.count ?? 0)
        default: (kind, length) = (4, 0)
        }
        isRecursive = rule.match == .directory && rule.flags.contains(.recursive) ? 1 : 0
        action = rule.action.precedence
        id = rule.id
    }

    /// By what is named alone.
    func isMoreSpecific(than other: Specificity) -> Bool {
        (kind, -length, isRecursive) < (other.kind, -other.length, other.isRecursive)
    }

    static func < (left: Specificity, right: Specificity) -> Bool {
        (left.kind, -left.length, left.isRecursive, left.action, left.id)
            < (right.kind, -right.length, right.isRecursive, right.action, right.id)
    }
}
