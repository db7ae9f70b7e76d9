// SPDX-License-Identifier: Apache-2.0

/// Directories that hold what a rule names: whoever gives one of them another name takes the object out of the rule.
enum Place {
    /// The paths of all directories above the object, the object itself included when it is a directory; none for names
    /// without a place.
    static func holding(_ rule: ResolvedRule) -> [[UInt8]] {
        let slash = UInt8(ascii: "/")
        let literal: ArraySlice<UInt8>
        switch rule.match {
        case .path, .directory: literal = Array(rule.object.utf8)[...]
        case .pattern: literal = ((try? Glob(rule.object))?.literalPrefix ?? [])[...]
        default: return []
        }
        guard literal.first == slash else { return [] }
        return literal.indices.filter { literal[$0] == slash }
            .map { $0 == literal.startIndex ? [slash] : Array(literal[..<$0]) }
    }
}
