// SPDX-License-Identifier: Apache-2.0
public import PluginABI
public import Policy

/// A rule set in the shape of plugin.h.
public struct RuleSetImage: Sendable {
    public let classes: UInt32
    /// Of the rules and of what was compiled of them: equal when the enforcer would decide and name the same.
    public let digest: UInt64
    /// By class, `KUBEARMOR_ACTION_…`.
    public let postures: [UInt32]
    public let rules: [kubearmor_rule]
    /// The string table that the spans of the rules point into.
    public let strings: [UInt8]
    /// Empty for enforcers that do not want one.
    public let automaton: [UInt64]

    public init(_ set: RuleSet, automaton: [UInt64]) {
        classes = set.classes
        // FNV-1a by cells.
        digest = automaton.reduce(set.digest) { ($0 ^ $1) &* 0x100_0000_01b3 }
        postures = (0..<UInt32(KUBEARMOR_CLASS_COUNT)).map { number in
            AccessClass(rawValue: number).flatMap { set.posture(of: $0) }?.rawValue ?? KUBEARMOR_ACTION_NONE
        }
        var table = StringTable()
        rules = set.rules.map { Self.rule($0, &table) }
        strings = table.bytes
        self.automaton = automaton
    }

    private static func rule(_ rule: ResolvedRule, _ table: inout StringTable) -> kubearmor_rule {
        var raw = kubearmor_rule()
        raw.struct_size = UInt32(MemoryLayout<kubearmor_rule>.size)
        raw.id = rule.id
        raw.class_ = UInt16(rule.accessClass.rawValue)
        raw.match = rule.match.rawValue
        raw.flags = rule.flags.rawValue
        raw.action = rule.action.rawValue
        raw.object = table.span(of: rule.object)
        raw.policy = table.span(of: rule.policyName)
        if let arguments = rule.arguments {
            raw.arguments = table.span(of: arguments.map { $0 + "\0" }.joined())
        }
        if let source = rule.source {
            raw.source_match = source.match.rawValue
            raw.source_flags = source.recursive ? UInt16(KUBEARMOR_RULE_RECURSIVE) : 0
            raw.source = table.span(of: source.path)
        }
        return raw
    }

    /// Lends the struct; it and all that it points to are valid until `body` returns.
    public func withRuleSet<Result>(_ body: (UnsafePointer<kubearmor_rule_set>) throws -> Result) rethrows -> Result {
        try rules.withUnsafeBufferPointer { rules in
            try strings.withUnsafeBytes { strings in
                try automaton.withUnsafeBufferPointer { automaton in
                    var set = kubearmor_rule_set()
                    set.struct_size = UInt32(MemoryLayout<kubearmor_rule_set>.size)
                    set.classes = classes
                    set.digest = digest
                    withUnsafeMutableBytes(of: &set.posture) { $0.copyBytes(from: postures.flatMap(Self.bytes)) }
                    set.rules = rules.isEmpty ? nil : rules.baseAddress
                    set.rule_count = UInt64(rules.count)
                    set.strings = strings.isEmpty ? nil : strings.baseAddress?.assumingMemoryBound(to: CChar.self)
                    set.strings_size = UInt64(strings.count)
                    set.automaton = automaton.isEmpty ? nil : automaton.baseAddress
                    set.automaton_cells = UInt64(automaton.count)
                    return try withUnsafePointer(to: set, body)
                }
            }
        }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }
}

/// Texts one after another, each once.
private struct StringTable {
    private(set) var bytes: [UInt8] = []
    private var spans: [String: kubearmor_span] = [:]

    mutating func span(of text: String) -> kubearmor_span {
        if let known = spans[text] { return known }
        let span = kubearmor_span(offset: UInt32(bytes.count), length: UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
        spans[text] = span
        return span
    }
}
