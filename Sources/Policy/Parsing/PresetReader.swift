// SPDX-License-Identifier: Apache-2.0

/// Reads `presets`. They inherit nothing, and what is not `Audit` blocks, `Allow` too.
enum PresetReader {
    static func read(_ section: Field, into rules: inout [PolicyRule]) {
        for element in section.sequence() ?? [] {
            guard let fields = element.mapping(known: ["name", "action"]) else { continue }
            guard let field = fields["name"] else {
                element.error("missing-field", "the preset has no name", "add name")
                continue
            }
            guard let name = field.string() else { continue }
            guard let preset = Preset(name: name) else {
                let names = Preset.allCases.map(\.name)
                let nearest = EditDistance.nearest(to: name, in: names).map { "did you mean `\($0)`?" }
                field.error(
                    "bad-preset", "there is no preset '\(name)'",
                    nearest ?? "write one of \(names.joined(separator: ", "))")
                continue
            }
            let action = fields["action"].flatMap(Inheritance.action)
            if action == .allow {
                fields["action"]?.warning("preset-allow", "a preset that allows still blocks", "write Block or Audit")
            }
            rules.append(
                PolicyRule(
                    accessClass: .preset, match: .preset, object: preset.name,
                    action: action == .audit ? .audit : .block, location: element.location))
        }
    }
}
