// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a glob.
public enum GlobError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `[` without `]`.
    case unterminatedClass
    /// `[]`, or a class that excludes everything.
    case emptyClass
    /// A range whose end comes before its start, or that is not within ASCII.
    case badRange
    /// A class with a character outside ASCII.
    case classNotASCII
    /// `{` without `}`.
    case unterminatedAlternatives
    /// `}` without `{`.
    case unexpectedBrace
    /// A backslash at the end.
    case trailingBackslash
    /// A NUL character.
    case containsNUL
    /// Alternatives that multiply to more than `Glob.alternativeLimit` patterns, or to very long ones.
    case tooManyAlternatives
    /// Braces nested deeper than `Glob.nestingLimit`.
    case nestedTooDeeply

    /// What is wrong and what to write instead.
    public var description: String {
        switch self {
        case .unterminatedClass: "'[' has no ']': close the class, or write \\[ for the character"
        case .emptyClass: "the class '[…]' holds no character: name at least one"
        case .badRange: "a range in '[…]' ends before it starts or is not ASCII: write it as a-z"
        case .classNotASCII: "a class '[…]' can hold only ASCII characters: use {a,b} for others"
        case .unterminatedAlternatives: "'{' has no '}': close the alternatives, or write \\{ for the character"
        case .unexpectedBrace: "'}' has no '{': write \\} for the character"
        case .trailingBackslash: "it ends in a backslash: write \\\\ for the character"
        case .containsNUL: "it contains a NUL character, which no path can: remove it"
        case .tooManyAlternatives:
            "its alternatives multiply to more than \(Glob.alternativeLimit) patterns or are too long: "
                + "split it into several rules"
        case .nestedTooDeeply: "braces are nested deeper than \(Glob.nestingLimit) levels: write it flatter"
        }
    }
}
