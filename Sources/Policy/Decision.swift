// SPDX-License-Identifier: Apache-2.0

/// The outcome of an access.
public struct Decision: Sendable, Hashable {
    /// What decided.
    public enum Decider: Sendable, Hashable {
        /// Nothing matched and no posture applies.
        case none
        /// The rule with this id.
        case rule(UInt32)
        /// The class's default posture.
        case posture
    }

    /// Allow: permitted. Audit: permitted with an alert. Block: denied with an alert.
    public let action: Action
    /// What decided.
    public let decider: Decider

    /// A decision with its reason.
    public init(action: Action, decider: Decider) {
        self.action = action
        self.decider = decider
    }

    /// What an access gets that nothing matched, in a class with this posture.
    init(posture: Posture?) {
        switch posture {
        case nil, .allow: self.init(action: .allow, decider: .none)
        case .audit: self.init(action: .audit, decider: .posture)
        case .block: self.init(action: .block, decider: .posture)
        }
    }
}
