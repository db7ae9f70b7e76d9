// SPDX-License-Identifier: Apache-2.0

/// A text that must be equal, or a regular expression that must be found (`/…/`).
struct Expectation: Sendable, CustomStringConvertible {
    enum Kind: Sendable { case equal, pattern }

    let kind: Kind
    let text: String

    /// From a field's value: a pattern when it begins and ends with a slash and holds more than a path would.
    init(fieldValue text: String) throws {
        guard text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") else {
            self.init(kind: .equal, text: text)
            return
        }
        try self.init(pattern: String(text.dropFirst().dropLast()))
    }

    init(pattern: String) throws {
        do {
            _ = try Regex(pattern)
        } catch {
            throw LabError("not a regular expression: /\(pattern)/: \(error)")
        }
        self.init(kind: .pattern, text: pattern)
    }

    private init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    func matches(_ value: String) -> Bool {
        switch kind {
        case .equal: return value == text
        case .pattern:
            guard let regex = try? Regex(text) else { return false }  // it compiled in init
            return value.contains(regex)
        }
    }

    var description: String {
        kind == .equal ? text : "/\(text)/"
    }
}
