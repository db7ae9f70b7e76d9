// SPDX-License-Identifier: Apache-2.0

/// One key of the configuration: its name, what values it takes and what it is when nobody says.
public struct Setting: Sendable {
    /// Which texts are values of a setting.
    public enum Values: Sendable {
        case text
        case flag
        case posture
        case number(ClosedRange<Int>)
        /// Words of the list, comma separated.
        case words([String])
        /// One of the words.
        case word([String])
        /// An absolute path.
        case path
        /// `k=v`, comma separated.
        case labels
    }

    /// The key in the file and, with dashes before it, the flag; in upper case the environment variable.
    public let name: String
    public let values: Values
    public let fallback: String
    /// False for keys of KubeArmor that are read so that its files are accepted, and that change nothing here yet.
    public let isEffective: Bool
    public let help: String

    init(_ name: String, _ values: Values, _ fallback: String, isEffective: Bool = true, _ help: String) {
        self.name = name
        self.values = values
        self.fallback = fallback
        self.isEffective = isEffective
        self.help = help
    }

    /// What is wrong with a value, nil when it is one.
    func objection(to value: String) -> String? {
        switch values {
        case .text:
            return nil
        case .flag:
            return ["true", "false"].contains(value) ? nil : "use true or false"
        case .posture:
            return ["allow", "audit", "block"].contains(value) ? nil : "use allow, audit or block"
        case .number(let range):
            return Int(value).map(range.contains) ?? false
                ? nil : "use a number from \(range.lowerBound) to \(range.upperBound)"
        case .word(let words):
            return words.contains(value) ? nil : "use \(Self.alternatives(words))"
        case .words(let words):
            let unknown = Self.list(value).first { !words.contains($0) }
            return unknown.map { "'\($0)' is none of \(words.joined(separator: ", "))" }
        case .path:
            return value.isEmpty || value.hasPrefix("/") ? nil : "use an absolute path"
        case .labels:
            let bad = Self.list(value).first { label in
                label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).count != 2
                    || label.hasPrefix("=")
            }
            return bad.map { "'\($0)' is not of the form key=value" }
        }
    }

    /// The words of a comma separated list.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }

    private static func alternatives(_ words: [String]) -> String {
        words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }
}

extension StringProtocol {
    /// Without blanks, tabs and line ends on either side.
    func trimmingBlanks() -> String {
        guard let start = firstIndex(where: { !$0.isWhitespace }),
            let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}
