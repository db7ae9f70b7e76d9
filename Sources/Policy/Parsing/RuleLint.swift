// SPDX-License-Identifier: Apache-2.0

/// What is allowed but hardly meant.
enum RuleLint {
    /// A wildcard in a path is a letter like any other.
    static func path(_ text: String, _ field: Field) {
        guard text.utf8.contains(where: { "*?[{".utf8.contains($0) }) else { return }
        field.warning(
            "wildcard-in-path", "'\(text)' is compared letter by letter",
            field.path.contains(".fromSource[") ? "write pattern for a pattern" : "use matchPatterns for a pattern")
    }

    /// Names that procfs and devtmpfs resolve for whoever looks: the kernel never sees an access under them.
    private static let links = [
        "/proc/self/", "/proc/thread-self/", "/proc/mounts", "/proc/net/", "/dev/fd/", "/dev/stdin", "/dev/stdout",
        "/dev/stderr",
    ]

    /// A rule for a path that stands for another one of each task can hold nothing.
    static func seenElsewhere(_ text: String, _ field: Field) {
        guard let link = links.first(where: { $0.hasSuffix("/") ? text.hasPrefix($0) : text == $0 }) else { return }
        field.warning(
            "path-of-each-task", "'\(text)' never matches: \(link) is a link to something of the task that follows it",
            link.hasPrefix("/proc/") ? "write the pattern /proc/*/…" : "write the path of the file that is meant")
    }

    /// Patterns are globs; what only means something in a regular expression is taken as it stands.
    static func pattern(_ text: String, _ field: Field) {
        // Not `.*`, which a glob for names with a dot has too.
        let signs = [".+", "]+", "]*", "\\.", "\\d", "\\w", "(", "|"]
        guard text.hasPrefix("^") || text.hasSuffix("$") || signs.contains(where: text.contains) else { return }
        field.warning(
            "pattern-like-regex", "'\(text)' looks like a regular expression, but patterns are globs",
            "write * for a name, ** for a path, {a,b} for alternatives")
    }

    /// The object by its bytes: two spellings of one character are two names.
    private struct Key: Hashable {
        let accessClass: AccessClass
        let match: MatchKind
        let object: [UInt8]
        let isRecursive: Bool
        let source: RuleSource?
    }

    /// Rules that never decide, because another one of the policy names the same and always goes first.
    static func shadows(_ rules: [PolicyRule], _ log: DiagnosticLog) {
        var best: [Key: PolicyRule] = [:]
        for rule in rules where isUnconditional(rule) {
            let key = key(rule)
            if let known = best[key], known.action.precedence <= rule.action.precedence { continue }
            best[key] = rule
        }
        for rule in rules {
            guard let first = best[key(rule)], first != rule, first.action.precedence <= rule.action.precedence else {
                continue
            }
            let reason = first.action == rule.action ? "says the same" : "is \(first.action.name) and goes first"
            log.warning(
                "rule-shadowed", at: rule.location, "",
                "the rule for '\(rule.object)' never decides: that of line \(first.location.line) \(reason)",
                "remove one of them")
        }
    }

    private static func key(_ rule: PolicyRule) -> Key {
        Key(
            accessClass: rule.accessClass, match: rule.match, object: Array(rule.object.utf8),
            isRecursive: rule.flags.contains(.recursive), source: rule.source)
    }

    private static func isUnconditional(_ rule: PolicyRule) -> Bool {
        rule.arguments == nil && rule.flags.isDisjoint(with: [.ownerOnly, .ttyOnly])
            && (rule.action == .allow || !rule.flags.contains(.readOnly))
    }
}
