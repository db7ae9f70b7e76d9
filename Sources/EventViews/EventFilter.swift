// SPDX-License-Identifier: Apache-2.0

/// Which lines are shown: those of some kinds that match all patterns.
public struct EventFilter {
    /// Notices about the stream are in no filter.
    public var kinds: Set<EventLine.Kind>
    private var patterns: [FieldPattern] = []

    public init(kinds: Set<EventLine.Kind> = [.alert, .log, .message]) { self.kinds = kinds }

    /// The usual fields under short names.
    public static let shortNames: [(name: String, fields: [String])] = [
        ("namespace", ["NamespaceName"]), ("pod", ["PodName"]), ("container", ["ContainerName", "ContainerID"]),
        ("labels", ["Labels"]), ("policy", ["PolicyName"]), ("operation", ["Operation"]), ("source", ["Source"]),
        ("resource", ["Resource"]), ("process", ["ProcessName"]), ("action", ["Action"]), ("result", ["Result"]),
    ]

    /// It leaves something out.
    public var isSelective: Bool { !patterns.isEmpty }

    /// Adds a pattern that must match too.
    public mutating func add(_ pattern: FieldPattern) { patterns.append(pattern) }

    /// Adds a pattern for one of the short names.
    public mutating func add(shortName: String, _ pattern: String) throws(EventViewError) {
        guard let fields = Self.shortNames.first(where: { $0.name == shortName })?.fields else {
            throw EventViewError("there is no filter \(shortName)")
        }
        var known: [EventField] = []
        for field in fields { known.append(try EventField(field)) }
        add(try FieldPattern(known, pattern))
    }

    public func shows(_ line: EventLine) -> Bool {
        kinds.contains(line.kind) && patterns.allSatisfy { $0.matches(line) }
    }
}
