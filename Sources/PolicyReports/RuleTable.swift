// SPDX-License-Identifier: Apache-2.0
import JSON
public import Policy

/// The rules that a backend is given for one workload, in the forms of `kubearmor policy render`.
public struct RuleTable: Sendable {
    private let set: RuleSet
    private let cells: Int

    /// - Parameter cells: of the compiled automaton, 8 bytes each; 0: the backend takes none.
    public init(_ set: RuleSet, cells: Int) {
        self.set = set
        self.cells = cells
    }

    private static let classes: [AccessClass] = [.process, .file, .network, .capability, .dns]

    private var postures: [(name: String, posture: Posture)] {
        Self.classes.compactMap { accessClass in
            set.posture(of: accessClass).map { ("\(accessClass)", $0) }
        }
    }

    /// A line a rule; then the postures of allow lists and the size in the kernel.
    public var text: String {
        var lines = set.rules.map { "\($0.id)\t\($0.words)\t\($0.origin)" }
        lines += postures.map { "posture of \($0.name): \($0.posture)" }
        lines.append(
            "\(set.rules.count) rules" + (cells == 0 ? "" : ", \(cells) cells (\(cells * 8) bytes in the kernel)"))
        return lines.joined(separator: "\n")
    }

    /// The same as an object.
    public var json: String {
        let rules = set.rules.map { rule in
            JSONValue.object([
                ("id", .integer(Int64(rule.id))), ("class", .string("\(rule.accessClass)")),
                ("match", .string("\(rule.match)")), ("object", .string(rule.object)),
                ("action", .string(rule.action.name)), ("words", .string(rule.words)),
                ("policy", .string(rule.policyName)), ("file", .string(rule.location.file)),
                ("line", .integer(Int64(rule.location.line))),
            ])
        }
        return JSONValue.object([
            ("rules", .array(rules)),
            ("postures", .object(postures.map { (key: $0.name, value: .string("\($0.posture)")) })),
            ("cells", .integer(Int64(cells))),
        ]).indentedText
    }
}
