// SPDX-License-Identifier: Apache-2.0
import Policy

/// What of a rule set the enforcer decides by itself; the rest is judged here, from what monitors see.
public struct Enforcement: Sendable {
    /// Rules that the enforcer cannot hold, by id.
    public let unheldRules: Set<UInt32>
    /// The enforcer reports accesses that an Audit rule permitted.
    public let auditsRules: Bool
    /// The enforcer applies the posture of allow lists and reports it.
    public let appliesPosture: Bool

    public init(unheldRules: Set<UInt32>, auditsRules: Bool, appliesPosture: Bool) {
        self.unheldRules = unheldRules
        self.auditsRules = auditsRules
        self.appliesPosture = appliesPosture
    }

    /// True when there is nothing left to judge: every observation is only that.
    public var isComplete: Bool { unheldRules.isEmpty && auditsRules && appliesPosture }

    /// Whether the enforcer has already reported what this decision stands for.
    func reports(_ decision: Decision) -> Bool {
        switch decision.decider {
        case .none: true
        case .posture: appliesPosture
        case .rule(let id): !unheldRules.contains(id) && (decision.action == .block || auditsRules)
        }
    }
}
