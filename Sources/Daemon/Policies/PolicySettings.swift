// SPDX-License-Identifier: Apache-2.0
public import Policy

/// What of the configuration the rule sets depend on.
public struct PolicySettings: Sendable, Hashable {
    public var hostPostures: Postures
    public var containerPostures: Postures
    public var enablesHostPolicy: Bool
    public var enablesPolicy: Bool

    public init(
        hostPostures: Postures = Postures(), containerPostures: Postures = Postures(), enablesHostPolicy: Bool = true,
        enablesPolicy: Bool = true
    ) {
        self.hostPostures = hostPostures
        self.containerPostures = containerPostures
        self.enablesHostPolicy = enablesHostPolicy
        self.enablesPolicy = enablesPolicy
    }

    func enables(_ kind: PolicyKind) -> Bool {
        switch kind {
        case .hostPolicy: enablesHostPolicy
        case .policy, .clusterPolicy: enablesPolicy
        case .networkPolicy: false
        }
    }
}
