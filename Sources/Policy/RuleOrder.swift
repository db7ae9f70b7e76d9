// SPDX-License-Identifier: Apache-2.0

/// The canonical order of rules, which makes rule ids independent of the order in which policies arrive.
enum RuleOrder {
    /// By content, then by location, so that of equal rules the same one is kept.
    static func compare(_ left: ResolvedRule, _ right: ResolvedRule) -> Int {
        let content = compareContent(left, right)
        return content != 0 ? content : compare(left.location, right.location)
    }

    /// By everything that a rule says; 0 for rules that say the same of the same policy.
    static func compareContent(_ left: ResolvedRule, _ right: ResolvedRule) -> Int {
        if left.accessClass != right.accessClass {
            return Int(left.accessClass.rawValue) - Int(right.accessClass.rawValue)
        }
        if left.match != right.match { return Int(left.match.rawValue) - Int(right.match.rawValue) }
        let object = ByteOrder.compare(left.object, right.object)
        if object != 0 { return object }
        if left.flags != right.flags { return Int(left.flags.rawValue) - Int(right.flags.rawValue) }
        if left.action != right.action { return Int(left.action.rawValue) - Int(right.action.rawValue) }
        let source = compare(left.source, right.source)
        if source != 0 { return source }
        let arguments = compare(left.arguments, right.arguments)
        if arguments != 0 { return arguments }
        return compareOrigin(left, right)
    }

    /// Order of sources; no source comes first.
    static func compare(_ left: RuleSource?, _ right: RuleSource?) -> Int {
        guard let left else { return right == nil ? 0 : -1 }
        guard let right else { return 1 }
        if left.match != right.match { return Int(left.match.rawValue) - Int(right.match.rawValue) }
        if left.recursive != right.recursive { return left.recursive ? 1 : -1 }
        return ByteOrder.compare(left.path, right.path)
    }

    /// No list comes first.
    private static func compare(_ left: [String]?, _ right: [String]?) -> Int {
        guard let left else { return right == nil ? 0 : -1 }
        guard let right else { return 1 }
        for (first, second) in zip(left, right) {
            let result = ByteOrder.compare(first, second)
            if result != 0 { return result }
        }
        return left.count - right.count
    }

    private static func compareOrigin(_ left: ResolvedRule, _ right: ResolvedRule) -> Int {
        let texts = [
            (left.policyKind.rawValue, right.policyKind.rawValue), (left.namespace, right.namespace),
            (left.policyName, right.policyName), (left.message, right.message),
        ]
        for (first, second) in texts {
            let result = ByteOrder.compare(first, second)
            if result != 0 { return result }
        }
        if left.severity != right.severity { return (left.severity ?? 0) - (right.severity ?? 0) }
        for (first, second) in zip(left.tags, right.tags) {
            let result = ByteOrder.compare(first, second)
            if result != 0 { return result }
        }
        return left.tags.count - right.tags.count
    }

    private static func compare(_ left: SourceLocation, _ right: SourceLocation) -> Int {
        let file = ByteOrder.compare(left.file, right.file)
        if file != 0 { return file }
        return left.line != right.line ? left.line - right.line : left.column - right.column
    }
}
