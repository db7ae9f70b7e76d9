// SPDX-License-Identifier: Apache-2.0

/// A decision with its reasons.
public struct Explanation: Sendable, Hashable {
    /// What is decided.
    public let decision: Decision
    /// The rules that speak of the object, in the order in which they are asked.
    public let rules: [Rule]

    /// One rule's part in the decision.
    public struct Rule: Sendable, Hashable {
        public let rule: ResolvedRule
        public let role: Role
    }

    public enum Role: Sendable, Hashable {
        /// It decides.
        case decides
        /// Its `fromSource` is not the process that acts.
        case otherSource
        /// These conditions make it silent here, each with what it found.
        case conditionNotMet([String])
        /// It matches, but another one decides.
        case lost(Loss)
    }

    public enum Loss: Sendable, Hashable {
        /// Rules with a matching `fromSource` are asked first.
        case sourceFirst
        /// The deciding rule names the object more closely.
        case lessSpecific
        /// Of rules that name it equally closely Block goes before Audit before Allow.
        case weakerAction
        /// It says the same.
        case sameAction
    }
}
