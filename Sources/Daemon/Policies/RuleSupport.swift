// SPDX-License-Identifier: Apache-2.0
import Events
import Policy

/// Which rules an enforcer can hold, from the words of its capabilities.
struct RuleSupport {
    let capabilities: Set<String>

    /// The words that a rule needs and the enforcer lacks.
    func missing(for rule: ResolvedRule) -> [String] {
        Self.needs(of: rule).filter { !capabilities.contains($0) }
    }

    /// What the enforcer decides by itself of these rules.
    ///
    /// - Parameter name: of the enforcer's plugin
    func enforcement(of rules: [ResolvedRule], by name: String) -> Enforcement {
        Enforcement(
            unheldRules: Set(rules.lazy.filter { !missing(for: $0).isEmpty }.map(\.id)),
            auditsRules: capabilities.contains("audit"), appliesPosture: capabilities.contains("posture"),
            // One that holds no rule at all denies nothing.
            reportsDenials: capabilities.contains("events"), enforcerName: name)
    }

    static func needs(of rule: ResolvedRule) -> [String] {
        let name = className(rule.accessClass)
        var needs = ["\(name).\(rule.match == .preset ? rule.object : feature(rule.match))"]
        if rule.source != nil { needs.append("\(name).source") }
        if rule.flags.contains(.ownerOnly) { needs.append("\(name).owner") }
        if rule.flags.contains(.readOnly), rule.accessClass == .file { needs.append("\(name).readonly") }
        if rule.flags.contains(.ttyOnly) { needs.append("\(name).tty") }
        if rule.arguments != nil { needs.append("\(name).arguments") }
        return needs
    }

    private static func className(_ accessClass: AccessClass) -> String {
        switch accessClass {
        case .process: "process"
        case .file: "file"
        case .network: "network"
        case .capability: "capability"
        case .syscall: "syscall"
        case .dns: "dns"
        case .preset: "preset"
        case .device: "device"
        }
    }

    private static func feature(_ match: MatchKind) -> String {
        switch match {
        case .path: "path"
        case .execname: "execname"
        case .directory: "directory"
        case .pattern: "pattern"
        case .protocol: "protocol"
        case .domain: "domain"
        default: "name"
        }
    }
}
