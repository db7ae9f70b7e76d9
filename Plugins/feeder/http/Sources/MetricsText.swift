// SPDX-License-Identifier: Apache-2.0

/// Text of OpenMetrics 1.0: families, each with its samples together.
struct MetricsText {
    enum Kind: String {
        case counter, gauge, info, unknown
    }

    static let type = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private(set) var text = ""
    private var family = ""
    private var suffix = ""

    /// Begins a family. The samples of a counter end in `_total`, those of an info in `_info`.
    mutating func begin(_ name: String, _ kind: Kind, unit: String = "", _ help: String) {
        family = name
        suffix = kind == .counter ? "_total" : kind == .info ? "_info" : ""
        text += "# TYPE \(name) \(kind.rawValue)\n"
        if !unit.isEmpty { text += "# UNIT \(name) \(unit)\n" }
        text += "# HELP \(name) \(Self.escaped(help))\n"
    }

    /// The one sample of the family that has begun.
    mutating func sample(_ value: Int64) { sample([:], value) }

    /// A sample of the family that has begun.
    mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: Int64) {
        text += family + suffix
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// The end of it all.
    var finished: String { text + "# EOF\n" }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
