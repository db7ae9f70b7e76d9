// SPDX-License-Identifier: Apache-2.0

/// A regular expression that a field must have a match for, compiled once.
public struct FieldPattern {
    private let fields: [EventField]
    private let regex: Regex<AnyRegexOutput>

    /// - Parameters:
    ///   - fields: one of them must match
    ///   - pattern: as Swift's `Regex` reads it; it may match anywhere in the field
    /// - Throws: what is wrong with the pattern, and where
    public init(_ fields: [EventField], _ pattern: String) throws(EventViewError) {
        self.fields = fields
        do {
            regex = try Regex(pattern)
        } catch {
            throw EventViewError(Self.sentence(about: error, in: pattern))
        }
    }

    /// `Field=REGEX`
    public init(option: String) throws(EventViewError) {
        guard let equals = option.firstIndex(of: "="), equals != option.startIndex else {
            throw EventViewError("'\(option)' is no filter: write Field=REGEX, such as Operation=^File$")
        }
        try self.init([try EventField(String(option[..<equals]))], String(option[option.index(after: equals)...]))
    }

    public func matches(_ line: EventLine) -> Bool {
        fields.contains { line.text(of: $0).contains(regex) }
    }

    /// The standard library's errors carry where they are only for those who look at them closely.
    private static func sentence(about error: any Error, in pattern: String) -> String {
        let location = Mirror(reflecting: error).children.first { $0.label == "location" }?.value
        let range = location.flatMap { place in
            Mirror(reflecting: place).children.first { $0.label == "range" }?.value as? Range<String.Index>
        }
        let text = "the regular expression '\(pattern)' is wrong"
        guard let start = range?.lowerBound, start <= pattern.endIndex else { return "\(text): \(error)" }
        return "\(text) at character \(pattern[..<start].count + 1): \(error)"
    }
}
