// SPDX-License-Identifier: Apache-2.0
import Glibc
public import Policy

/// What of a rule set the enforcer decides by itself; the rest is judged here, from what monitors see.
public struct Enforcement: Sendable {
    /// Rules that the enforcer cannot hold, by id.
    public let unheldRules: Set<UInt32>
    /// The enforcer reports accesses that an Audit rule permitted.
    public let auditsRules: Bool
    /// The enforcer reports what it denied; otherwise monitors see it.
    public let reportsDenials: Bool
    /// The name of the enforcer's plugin.
    public let enforcerName: String
    /// The enforcer applies the posture of allow lists and reports it.
    public let appliesPosture: Bool

    public init(
        unheldRules: Set<UInt32>, auditsRules: Bool, appliesPosture: Bool, reportsDenials: Bool = true,
        enforcerName: String = ""
    ) {
        self.unheldRules = unheldRules
        self.reportsDenials = reportsDenials
        self.enforcerName = enforcerName
        self.auditsRules = auditsRules
        self.appliesPosture = appliesPosture
    }

    /// True when there is nothing left to judge: every observation is only that.
    public var isComplete: Bool { unheldRules.isEmpty && auditsRules && appliesPosture && reportsDenials }

    /// The classes in which monitors have to see what is left to judge.
    public func judgedClasses(of set: RuleSet) -> UInt32 {
        if isComplete { return 0 }
        guard auditsRules, appliesPosture, reportsDenials else { return set.classes }
        return set.rules.reduce(0) { unheldRules.contains($1.id) ? $0 | 1 << $1.accessClass.rawValue : $0 }
    }

    /// Whether the enforcer has already reported what this decision stands for.
    func reports(_ decision: Decision) -> Bool {
        switch decision.decider {
        case .none: true
        case .posture: appliesPosture
        case .rule(let id): !unheldRules.contains(id) && (decision.action == .block ? reportsDenials : auditsRules)
        }
    }

    /// Whether the enforcer has denied the access of which a monitor saw that it failed.
    func denied(_ decision: Decision, result: Int32) -> Bool {
        guard result == -EACCES || result == -EPERM, decision.action == .block, case .rule(let id) = decision.decider
        else { return false }
        return !unheldRules.contains(id)
    }
}
