// SPDX-License-Identifier: Apache-2.0

/// Reads the `spec` of a document.
struct SpecReader {
    private static let sections = ["process", "file", "network", "capabilities", "syscalls"]
    private static let otherSections = ["device"]

    let kind: PolicyKind

    struct Spec {
        let selector: PolicySelector
        let rules: [PolicyRule]
    }

    func read(_ field: Field) -> Spec? {
        let selectorName = kind == .hostPolicy ? "nodeSelector" : "selector"
        let known = [selectorName, "presets", "apparmor"] + Self.sections + Self.otherSections + Inheritance.fields
        guard let fields = field.mapping(known: known) else { return nil }
        let inherited = Inheritance(fields, above: nil)
        guard let selector = selector(field, fields[selectorName]) else { return nil }
        var rules: [PolicyRule] = []
        for name in Self.sections {
            guard let section = fields[name] else { continue }
            guard SectionReader(section: name, inherited: inherited).read(section, into: &rules) else { return nil }
        }
        if let presets = fields["presets"] { PresetReader.read(presets, into: &rules) }
        if let native = fields["apparmor"] { NativeReader.read(native, inherited, into: &rules) }
        for name in Self.otherSections {
            fields[name]?.warning(
                "not-enforced-yet", "rules of this section are not enforced yet", "nothing of it is in force")
        }
        RuleLint.shadows(rules, field.log)
        return Spec(selector: selector, rules: rules)
    }

    private func selector(_ spec: Field, _ field: Field?) -> PolicySelector? {
        if kind == .policy { return field.map { SelectorReader.containers($0) } ?? PolicySelector(labels: [:]) }
        if kind == .clusterPolicy {
            if let field { return SelectorReader.cluster(field) }
            spec.error(
                "missing-field", "selector is missing", "add selector with matchExpressions; cluster policies need one")
            return nil
        }
        guard let field else {
            spec.error(
                "missing-field", "nodeSelector is missing",
                "add nodeSelector with matchLabels; host policies have no selector")
            return nil
        }
        return SelectorReader.hosts(field)
    }
}
