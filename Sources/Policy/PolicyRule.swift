// SPDX-License-Identifier: Apache-2.0

/// One rule of a policy, with severity, tags, message and action already inherited from its section and the spec.
public struct PolicyRule: Sendable, Hashable {
    /// What it is about.
    public var accessClass: AccessClass
    /// How `object` is to be read.
    public var match: MatchKind
    /// The path, directory (ending in `/`), glob or name.
    public var object: String
    /// Conditions.
    public var flags: RuleFlags
    /// What happens to an access that matches.
    public var action: Action
    /// The executables from which it applies; nil: any.
    public var source: RuleSource?
    /// `allowedArgs`; nil or none: any arguments.
    public var arguments: [String]?
    /// 1…10, nil when no level says one.
    public var severity: Int?
    /// In the order of the file.
    public var tags: [String]
    /// Empty when no level says one.
    public var message: String
    /// Where the rule stands.
    public var location: SourceLocation

    /// A rule with all its parts.
    public init(
        accessClass: AccessClass, match: MatchKind, object: String, flags: RuleFlags = [], action: Action,
        source: RuleSource? = nil, arguments: [String]? = nil, severity: Int? = nil, tags: [String] = [],
        message: String = "",
        location: SourceLocation
    ) {
        self.accessClass = accessClass
        self.match = match
        self.object = object
        self.flags = flags
        self.action = action
        self.source = source
        self.arguments = arguments
        self.severity = severity
        self.tags = tags
        self.message = message
        self.location = location
    }
}
