// SPDX-License-Identifier: Apache-2.0

/// Reads the section `process` or `file`.
struct SectionReader {
    private static let lists = ["matchPaths", "matchDirectories", "matchPatterns"]

    let accessClass: AccessClass
    let inherited: Inheritance

    /// Appends the section's rules. False when it cannot be read further.
    func read(_ section: Field, into rules: inout [PolicyRule]) -> Bool {
        guard let fields = section.mapping(known: Self.lists + Inheritance.fields) else { return false }
        let sectionValues = Inheritance(fields, above: inherited)
        for list in Self.lists {
            for element in fields[list]?.sequence() ?? [] {
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

    private func known(_ list: String) -> [String] {
        var names = Inheritance.fields + ["ownerOnly", "fromSource"]
        if accessClass == .file { names.append("readOnly") }
        switch list {
        case "matchPaths":
            names += accessClass == .process ? ["path", "pts", "execname", "allowedArgs"] : ["path", "pts"]
        case "matchDirectories":
            names += ["dir", "recursive", "pts"]
        default:
            names += ["pattern"]
        }
        return names
    }

    private func readRule(_ field: Field, _ list: String, _ section: Inheritance, into rules: inout [PolicyRule]) {
        guard let fields = field.mapping(known: known(list)) else { return }
        let values = Inheritance(fields, above: section)
        let flags = flags(fields)
        let sources = SourceReader.read(fields["fromSource"])
        guard let object = object(field, fields, list), let sources else { return }
        if let arguments = fields["allowedArgs"] {
            guard let list = arguments.strings() else { return }
            if !list.isEmpty {
                arguments.warning(
                    "not-enforced-yet", "allowedArgs is not enforced yet", "the rule that has it is not in force")
                return
            }
        }
        for source in sources {
            rules.append(
                PolicyRule(
                    accessClass: accessClass, match: object.match, object: object.name,
                    flags: object.match == .directory ? flags : flags.subtracting(.recursive),
                    action: values.action ?? .block, source: source, severity: values.severity, tags: values.tags,
                    message: values.message, location: field.location))
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

    private func object(
        _ rule: Field, _ fields: [String: Field], _ list: String
    ) -> (match: MatchKind, name: String)? {
        switch list {
        case "matchPaths":
            if let name = fields["execname"] {
                if fields["path"] != nil {
                    name.error("path-and-execname", "the rule has both path and execname", "write two rules")
                    return nil
                }
                return PathReader.executableName(name).map { (.execname, $0) }
            }
            return required("path", rule, fields).flatMap(PathReader.path).map { (.path, $0) }
        case "matchDirectories":
            return required("dir", rule, fields).flatMap(PathReader.directory).map { (.directory, $0) }
        default:
            return required("pattern", rule, fields).flatMap(PathReader.pattern).map { (.pattern, $0) }
        }
    }

    private func required(_ name: String, _ rule: Field, _ fields: [String: Field]) -> Field? {
        if let field = fields[name] { return field }
        let hint = name == "path" && accessClass == .process ? "add path or execname" : "add \(name)"
        rule.error("missing-field", "the rule has no \(name)", hint)
        return nil
    }
}
