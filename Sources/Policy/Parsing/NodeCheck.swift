// SPDX-License-Identifier: Apache-2.0
import Yams

/// Refuses what YAML can do and policies have no use for: anchors, tags, deep nesting.
enum NodeCheck {
    private static let tags: Set = [
        "", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq",
    ]

    /// Whether the document may be looked at; says why not. Must be asked while the parser exists: it owns anchors.
    static func isAcceptable(_ node: Node, _ log: DiagnosticLog, depth: Int = 0) -> Bool {
        if node.anchor != nil || node.alias != nil {
            log.error("yaml-alias", node, "", "a YAML anchor or alias", "write the value out")
            return false
        }
        guard depth <= PolicyParser.nestingLimit else {
            log.error(
                "nested-too-deeply", node, "", "nested deeper than \(PolicyParser.nestingLimit) levels",
                "no policy needs this; remove levels")
            return false
        }
        let tag: Tag
        let children: [Node]
        switch node {
        case .scalar(let scalar):
            tag = scalar.tag
            children = []
        case .mapping(let mapping):
            tag = mapping.tag
            children = mapping.flatMap { [$0.key, $0.value] }
        case .sequence(let sequence):
            tag = sequence.tag
            children = Array(sequence)
        case .alias:
            return false
        }
        guard tags.contains(tag.rawValue) else {
            log.error("yaml-tag", node, "", "the YAML tag \(tag.rawValue)", "remove the tag")
            return false
        }
        return children.allSatisfy { isAcceptable($0, log, depth: depth + 1) }
    }
}
