// SPDX-License-Identifier: Apache-2.0
import Events
import Plugins
import Policy

/// How an enforcer holds rules: by its own word, else from the words of its capabilities.
struct RuleSupport {
    /// The enforcer's name.
    let name: String
    let capabilities: Set<String>

    /// How each rule is held on this node, in the order of the rules.
    ///
    /// - Parameter answer: what the enforcer's `examine` says, nil when it has none
    func holdings(of rules: [ResolvedRule], answer: [RuleHolding]?) -> [RuleHolding] {
        let holdings = answer ?? rules.map(holding)
        guard capabilities.contains("permissive") else { return holdings }
        return holdings.map { holding in
            guard holding.isHeld else { return holding }
            return RuleHolding(
                rule: holding.rule, hold: .audited, reason: "\(name) is permissive on this node: it denies nothing")
        }
    }

    private func holding(of rule: ResolvedRule) -> RuleHolding {
        let missing = missing(for: rule)
        guard !missing.isEmpty else { return RuleHolding(rule: rule.id, hold: .enforced, reason: "") }
        return RuleHolding(
            rule: rule.id, hold: rule.action == .allow ? .unsupported : .audited,
            reason: "the enforcer \(name) lacks \(missing.joined(separator: ", "))")
    }

    /// The words that a rule needs and the enforcer lacks.
    func missing(for rule: ResolvedRule) -> [String] {
        Self.needs(of: rule).filter { !capabilities.contains($0) }
    }

    /// What the enforcer decides by itself of rules that it holds so.
    func enforcement(_ holdings: [RuleHolding]) -> Enforcement {
        Enforcement(
            unheldRules: Set(holdings.lazy.filter { !$0.isHeld }.map(\.rule)),
            auditsRules: capabilities.contains("audit"), appliesPosture: capabilities.contains("posture"),
            // One that holds no rule at all denies nothing.
            reportsDenials: capabilities.contains("events"), enforcerName: name)
    }

    static func needs(of rule: ResolvedRule) -> [String] {
        if rule.match == .native { return ["native.apparmor"] }
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
