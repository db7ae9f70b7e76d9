// SPDX-License-Identifier: Apache-2.0

/// What a rule asks of an access besides its object. Of two candidates that ask the same only the first ever decides.
struct CandidateCondition: Hashable {
    private let accessClass: AccessClass
    private let source: RuleSource?
    private let flags: UInt32
    private let arguments: [String]?
    private let permits: Bool

    init(_ rule: ResolvedRule) {
        accessClass = rule.accessClass
        source = rule.source
        flags = UInt32(rule.flags.intersection(AutomatonFormat.candidateFlags).rawValue)
        arguments = rule.arguments
        permits = rule.action == .allow
    }

    /// As it is asked about a directory that gets another name: there are no arguments then, which no list permits.
    init(ofPlace rule: ResolvedRule) {
        accessClass = rule.accessClass
        source = rule.source
        flags = UInt32(rule.flags.intersection(AutomatonFormat.candidateFlags).rawValue)
        arguments = nil
        permits = false
    }
}
