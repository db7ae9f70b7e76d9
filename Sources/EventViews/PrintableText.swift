// SPDX-License-Identifier: Apache-2.0

/// Text of strangers, such as names of files, for a terminal: no character of it moves the cursor or changes a colour.
public enum PrintableText {
    public static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard isControl(scalar) else {
                output.append(scalar)
                continue
            }
            let word =
                switch scalar {
                case "\n": "\\n"
                case "\t": "\\t"
                case "\r": "\\r"
                default: "\\u{\(String(scalar.value, radix: 16))}"
                }
            output.append(contentsOf: word.unicodeScalars)
        }
        return String(output)
    }

    /// C0, DEL, C1, and what turns the direction of text round.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
