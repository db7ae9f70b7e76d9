// SPDX-License-Identifier: Apache-2.0

/// What a scalar without quotes means.
enum PlainScalar {
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// Words that were truth values in YAML 1.1 and are in `kubectl`.
    static func oldBoolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "yes", "on", "y": true
        case "no", "off", "n": false
        default: nil
        }
    }

    static func isBoolean(_ text: String) -> Bool { boolean(text) != nil }

    static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        let startsLikeNumber = "+-.0123456789".utf8.contains(first)
        return startsLikeNumber && (Int(text) != nil || Double(text) != nil)
    }
}
