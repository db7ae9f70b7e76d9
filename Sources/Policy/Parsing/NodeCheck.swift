// SPDX-License-Identifier: Apache-2.0
import YAML

/// Refuses what YAML can do and policies have no use for: anchors, tags, deep nesting.
enum NodeCheck {
    private static let tags: Set = [
        "", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq",
    ]

    /// Whether the document may be looked at; says why not.
    static func isAcceptable(_ node: YAMLNode, _ log: DiagnosticLog, depth: Int = 0) -> Bool {
        let children: [YAMLNode]
        switch node.content {
        case .scalar: children = []
        case .mapping(let mapping): children = mapping.flatMap { [$0.key, $0.value] }
        case .sequence(let sequence): children = sequence
        case .alias: return refuseAlias(node, log)
        }
        if node.anchor != nil { return refuseAlias(node, log) }
        guard depth <= PolicyParser.nestingLimit else {
            log.addNestedTooDeeply(at: node.mark)
            return false
        }
        guard tags.contains(node.tag) else {
            log.error("yaml-tag", node, "", "the YAML tag \(node.tag)", "remove the tag")
            return false
        }
        return children.allSatisfy { isAcceptable($0, log, depth: depth + 1) }
    }

    private static func refuseAlias(_ node: YAMLNode, _ log: DiagnosticLog) -> Bool {
        log.error(
            "yaml-alias", node, "", "a YAML anchor or alias",
            "write the value out; text that begins with & or * must be in quotes")
        return false
    }
}
