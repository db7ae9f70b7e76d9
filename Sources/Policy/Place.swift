// SPDX-License-Identifier: Apache-2.0

/// Directories that hold what a rule names: whoever gives one of them another name takes the object out of the rule.
enum Place {
    /// Of Block rules below one directory that differ in class, `fromSource` or conditions, so many first ones count.
    static let groupLimit = 100

    /// The paths of all directories above the object, the object itself included when it is a directory; none for names
    /// without a place.
    static func holding(_ rule: ResolvedRule) -> [[UInt8]] {
        let slash = UInt8(ascii: "/")
        let literal: ArraySlice<UInt8>
        switch rule.match {
        case .path, .directory: literal = Array(rule.object.utf8)[...]
        case .pattern: literal = Array(rule.object.utf8).prefix((try? Glob(rule.object))?.literalPrefixLength ?? 0)
        default: return []
        }
        guard literal.first == slash else { return [] }
        return literal.indices.filter { literal[$0] == slash }
            .map { $0 == literal.startIndex ? [slash] : Array(literal[..<$0]) }
    }
}
