// SPDX-License-Identifier: Apache-2.0
import JSON
public import Plugins
import Policy

/// How each rule is held on this node, as `kubearmor policy status` shows it.
public struct PolicyStatus: Sendable, Hashable {
    /// One rule of the workloads that share a rule set.
    public struct Rule: Sendable, Hashable {
        /// `namespace/name` of its policy.
        public var policy: String
        /// `Block file.path /etc/shadow`.
        public var words: String
        /// Where it stands, `file:line:column`.
        public var place: String
        public var holding: RuleHolding
        /// `host`, `container default/c1`.
        public var workloads: [String]
    }

    /// What a workload's rules do not reach.
    public struct Remark: Sendable, Hashable {
        public var workload: String
        public var text: String
    }

    public var enforcer: String
    public var rules: [Rule]
    public var remarks: [Remark]

    /// The file's name in the run directory.
    static let fileName = "rules.json"

    /// What the daemon with this run directory says; nil when none runs.
    public static func read(runDirectory: String) -> PolicyStatus? {
        StatusFile.read("\(runDirectory)/\(fileName)").flatMap(PolicyStatus.init)
    }

    /// For `-o json`.
    public var json: String { JSONValue.object(members).indentedText }

    var members: [(key: String, value: JSONValue)] {
        [
            ("enforcer", .string(enforcer)), ("rules", .array(rules.map(\.jsonValue))),
            (
                "remarks",
                .array(remarks.map { .object([("workload", .string($0.workload)), ("text", .string($0.text))]) })
            ),
        ]
    }

    /// Reads ``json`` again; nil when it is none.
    public init?(json: String) {
        guard let status = JSONParser.parse(json).flatMap(PolicyStatus.init) else { return nil }
        self = status
    }

    private init?(_ value: JSONValue) {
        guard let enforcer = value["enforcer"]?.string, let rules = value["rules"]?.elements else { return nil }
        self.enforcer = enforcer
        self.rules = rules.map(Rule.init)
        remarks = (value["remarks"]?.elements ?? []).map {
            Remark(workload: $0["workload"]?.string ?? "", text: $0["text"]?.string ?? "")
        }
    }

    init(_ sources: PolicyStatusSources) {
        enforcer = sources.enforcer
        rules = sources.sets.flatMap { shared in
            zip(shared.rules.set.rules, shared.rules.holdings).map { rule, holding in
                Rule(
                    policy: rule.namespace.isEmpty ? rule.policyName : "\(rule.namespace)/\(rule.policyName)",
                    words: rule.words, place: "\(rule.location)", holding: holding, workloads: shared.workloads)
            }
        }
        remarks = sources.remarks
    }
}

/// What a ``PolicyStatus`` is made of: cheap to compare, so that nothing is written as long as nothing changes.
struct PolicyStatusSources: Sendable, Hashable {
    struct Shared: Sendable, Hashable {
        let rules: RulesInForce
        let workloads: [String]
    }

    let enforcer: String
    let sets: [Shared]
    let remarks: [PolicyStatus.Remark]
}

extension PolicyStatus.Rule {
    fileprivate var jsonValue: JSONValue {
        .object([
            ("policy", .string(policy)), ("id", .integer(Int64(holding.rule))), ("rule", .string(words)),
            ("place", .string(place)), ("state", .string(holding.hold.name)), ("reason", .string(holding.reason)),
            ("workloads", .array(workloads.map(JSONValue.string))),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        func text(_ key: String) -> String { value[key]?.string ?? "" }
        let state = text("state")
        let hold = RuleHolding.Hold.allCases.first { $0.name == state } ?? .unsupported
        self.init(
            policy: text("policy"), words: text("rule"), place: text("place"),
            holding: RuleHolding(
                rule: UInt32(clamping: value["id"]?.integer ?? 0), hold: hold, reason: text("reason")),
            workloads: value["workloads"]?.elements.compactMap(\.string) ?? [])
    }
}
