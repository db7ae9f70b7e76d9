// SPDX-License-Identifier: Apache-2.0

/// Reads a section of `spec` that consists of lists of rules.
struct SectionReader {
    private let lists: [RuleList]
    private let inherited: Inheritance
    private let isAuditOnly: Bool

    init(section: String, inherited: Inheritance) {
        lists = RuleList.lists(ofSection: section)
        self.inherited = inherited
        // The schema gives syscalls no action.
        isAuditOnly = section == "syscalls"
    }

    /// Appends the section's rules. False when it cannot be read further.
    func read(_ section: Field, into rules: inout [PolicyRule]) -> Bool {
        guard let fields = section.mapping(known: lists.map(\.name) + Inheritance.fields) else { return false }
        let sectionValues = Inheritance(fields, above: inherited)
        for list in lists {
            for element in fields[list.name]?.sequence() ?? [] {
                readRule(element, list, sectionValues, into: &rules)
                if rules.count > PolicyParser.ruleLimit {
                    element.error(
                        "too-many-rules", "the policy has more than \(PolicyParser.ruleLimit) rules",
                        "split it into several policies, or use directories")
                    return false
                }
            }
        }
        return true
    }

    private func readRule(_ field: Field, _ list: RuleList, _ section: Inheritance, into rules: inout [PolicyRule]) {
        guard let fields = field.mapping(known: list.fields + Inheritance.fields) else { return }
        let values = Inheritance(fields, above: section)
        let flags = flags(fields)
        let sources = SourceReader.read(fields["fromSource"])
        guard let objects = list.objects(field, fields), let sources else { return }
        var arguments: [String]?
        if let list = fields["allowedArgs"] {
            guard let permitted = list.strings() else { return }
            arguments = permitted
        }
        for object in objects {
            let isDirectory = object.match == .directory || object.match == .syscall
            for source in sources {
                rules.append(
                    PolicyRule(
                        accessClass: list.accessClass, match: object.match, object: object.name,
                        flags: isDirectory ? flags : flags.subtracting(.recursive),
                        action: isAuditOnly ? .audit : values.action ?? .block, source: source, arguments: arguments,
                        severity: values.severity, tags: values.tags, message: values.message,
                        location: field.location))
            }
        }
    }

    private func flags(_ fields: [String: Field]) -> RuleFlags {
        var flags: RuleFlags = []
        for (name, flag) in [
            ("recursive", RuleFlags.recursive), ("ownerOnly", .ownerOnly), ("readOnly", .readOnly),
        ] where fields[name]?.boolean() == true {
            flags.insert(flag)
        }
        // `pts: true` says nothing; only `false` is a condition.
        if let pts = fields["pts"], pts.boolean() == false { flags.insert(.ttyOnly) }
        return flags
    }
}
