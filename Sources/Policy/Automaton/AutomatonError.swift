// SPDX-License-Identifier: Apache-2.0

/// Why a rule set cannot be compiled. Nothing is ever left out instead.
public enum AutomatonError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The tables need more cells than allowed; `needed` is a lower bound.
    case cellLimitExceeded(needed: Int, limit: Int)
    /// One executable is named by more `fromSource` entries than a subject can hold.
    case tooManySources(sources: [String], limit: Int)
    /// More rules than allowed apply to the same object; `policies` and `object` name one of them.
    case tooManyCandidates(count: Int, limit: Int, policy: String, object: String, location: SourceLocation)
    /// The patterns together need more states than allowed.
    case tooComplex(patterns: Int, limit: Int)
    /// A pattern that is not a glob.
    case badPattern(pattern: String, reason: GlobError, location: SourceLocation)

    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .cellLimitExceeded(let needed, let limit):
            "the rules need at least \(needed) table cells, \(limit) are available: "
                + "use directories instead of single paths, or raise the limit"
        case .tooManySources(let sources, let limit):
            "one executable matches \(sources.count) different fromSource entries "
                + "(\(sources.joined(separator: ", "))), at most \(limit) are possible: "
                + "remove the ones that others include"
        case .tooManyCandidates(let count, let limit, let policy, let object, let location):
            "\(count) rules apply to the same object, one of them is \(object) of policy \(policy) at \(location); "
                + "at most \(limit) are possible: merge rules that overlap"
        case .tooComplex(let patterns, let limit):
            "the \(patterns) patterns need more than \(limit) states together: "
                + "use fewer ** in one pattern, or directories instead"
        case .badPattern(let pattern, let reason, let location):
            "\(location): pattern \(pattern): \(reason)"
        }
    }
}
