// SPDX-License-Identifier: Apache-2.0

/// One rule of a rule set.
public struct ResolvedRule: Sendable, Hashable {
    /// 1…, its place in the rule set.
    public let id: UInt32
    /// What it is about.
    public let accessClass: AccessClass
    /// How `object` is to be read.
    public let match: MatchKind
    /// The path, directory (ending in `/`), glob or name.
    public let object: String
    /// Conditions.
    public let flags: RuleFlags
    /// What happens to an access that matches.
    public let action: Action
    /// The executables from which it applies; nil: any.
    public let source: RuleSource?
    /// `allowedArgs`, each once in order, at least one; nil: any arguments.
    public let arguments: [String]?
    /// Name of the policy it comes from.
    public let policyName: String
    /// Kind of that policy.
    public let policyKind: PolicyKind
    /// Namespace of that policy.
    public let namespace: String
    /// 1…10, nil when none is given.
    public let severity: Int?
    /// In the order of the file.
    public let tags: [String]
    /// Empty when none is given.
    public let message: String
    /// Where the rule stands; not part of what makes two rules equal in a rule set.
    public let location: SourceLocation

    /// A rule with all its parts.
    public init(
        id: UInt32, accessClass: AccessClass, match: MatchKind, object: String, flags: RuleFlags, action: Action,
        source: RuleSource?, arguments: [String]? = nil, policyName: String, policyKind: PolicyKind, namespace: String,
        severity: Int?,
        tags: [String], message: String, location: SourceLocation
    ) {
        self.id = id
        self.accessClass = accessClass
        self.match = match
        self.object = object
        self.flags = flags
        self.action = action
        self.source = source
        self.arguments = arguments
        self.policyName = policyName
        self.policyKind = policyKind
        self.namespace = namespace
        self.severity = severity
        self.tags = tags
        self.message = message
        self.location = location
    }

    init(_ rule: PolicyRule, of policy: Policy, id: UInt32) {
        self.init(
            id: id, accessClass: rule.accessClass, match: rule.match, object: rule.object, flags: rule.flags,
            action: rule.action, source: rule.source,
            arguments: rule.arguments.flatMap { $0.isEmpty ? nil : ByteOrder.sortedOnce($0) }, policyName: policy.name,
            policyKind: policy.kind, namespace: policy.namespace, severity: rule.severity, tags: rule.tags,
            message: rule.message, location: rule.location)
    }
}
