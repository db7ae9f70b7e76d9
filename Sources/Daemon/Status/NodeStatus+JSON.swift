// SPDX-License-Identifier: Apache-2.0
import Events
import JSON

extension NodeStatus {
    /// For `-o json`.
    public var json: String { JSONValue.object(members).indentedText }

    /// The workloads alone, for `-o json`.
    public var workloadsJSON: String { JSONValue.array(workloads.map(\.jsonValue)).indentedText }

    var members: [(key: String, value: JSONValue)] {
        [
            ("hostName", .string(hostName)), ("kernel", .string(kernel)),
            ("securityModules", .string(securityModules)), ("enforcer", .string(enforcer)),
            ("monitors", .array(monitors.map(JSONValue.string))), ("feeders", .array(feeders.map(JSONValue.string))),
            ("sources", .array(sources.map(JSONValue.string))), ("findsContainers", .bool(findsContainers)),
            ("hook", hook.jsonValue),
            ("statistics", .object(statistics.map { ($0.name, .integer(Int64(clamping: $0.value))) })),
            ("events", .array(stages.map(\.jsonValue))), ("workloads", .array(workloads.map(\.jsonValue))),
        ]
    }

    init?(_ value: JSONValue) {
        guard value["statistics"] != nil, let hostName = value["hostName"]?.string else {
            return nil
        }
        self.init(
            hostName: hostName, kernel: value["kernel"]?.string ?? "",
            securityModules: value["securityModules"]?.string ?? "", enforcer: value["enforcer"]?.string ?? "",
            monitors: Self.texts(value["monitors"]), feeders: Self.texts(value["feeders"]),
            sources: Self.texts(value["sources"]), findsContainers: value["findsContainers"] == .bool(true),
            hook: Hook(value["hook"]),
            statistics: Self.numbers(value["statistics"]),
            stages: value["events"]?.elements.compactMap(EventStage.init) ?? [],
            workloads: value["workloads"]?.elements.map(Workload.init) ?? [])
    }

    fileprivate static func numbers(_ value: JSONValue?) -> [Statistic] {
        guard case .object(let members)? = value else { return [] }
        return members.map { Statistic(name: $0.key, value: UInt64(clamping: $0.value.integer ?? 0)) }
    }

    fileprivate static func texts(_ value: JSONValue?) -> [String] { value?.elements.compactMap(\.string) ?? [] }
}

extension EventStage {
    fileprivate var jsonValue: JSONValue {
        let reasons = dropped.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.integer(Int64(clamping: $0.value))) }
        return .object([
            ("stage", .string(kind.rawValue)), ("name", .string(name)), ("taken", .integer(Int64(clamping: taken))),
            ("delivered", .integer(Int64(clamping: delivered))), ("waiting", .integer(Int64(clamping: waiting))),
            ("dropped", .object(reasons)), ("unaccounted", .integer(unaccounted)),
        ])
    }

    fileprivate init?(_ value: JSONValue) {
        guard let kind = value["stage"]?.string.flatMap(Kind.init) else { return nil }
        func number(_ key: String) -> UInt64 { UInt64(clamping: value[key]?.integer ?? 0) }
        let reasons = NodeStatus.numbers(value["dropped"]).map { ($0.name, $0.value) }
        self.init(
            kind, value["name"]?.string ?? "", taken: number("taken"), delivered: number("delivered"),
            waiting: number("waiting"), dropped: Dictionary(reasons) { first, _ in first })
    }
}

extension NodeStatus.Hook {
    fileprivate var jsonValue: JSONValue {
        .object([
            ("held", .integer(Int64(clamping: held))),
            ("heldBySources", .integer(Int64(clamping: heldBySources))),
            ("refused", .integer(Int64(clamping: refused))),
            ("late", .integer(Int64(clamping: late))), ("installed", .string(installed)),
            ("sources", .array(sources.map { .string($0) })),
        ])
    }

    fileprivate init(_ value: JSONValue?) {
        func number(_ key: String) -> UInt64 { UInt64(clamping: value?[key]?.integer ?? 0) }
        self.init(
            held: number("held"), heldBySources: number("heldBySources"), refused: number("refused"),
            late: number("late"), installed: value?["installed"]?.string ?? "",
            sources: value?["sources"]?.elements.compactMap(\.string) ?? [])
    }
}

extension NodeStatus.Workload {
    fileprivate var jsonValue: JSONValue {
        .object([
            // As text: a number of 64 bits is more than many readers of JSON can hold.
            ("key", .string(String(key))), ("kind", .string(isHost ? "host" : "container")),
            ("namespace", .string(namespace)), ("name", .string(name)), ("owner", .string(owner)),
            ("containerID", .string(containerID)),
            ("containerName", .string(containerName)), ("image", .string(image)), ("runtime", .string(runtime)),
            ("initPID", .integer(Int64(initPID))), ("root", .string(root)), ("cgroup", .string(String(cgroup))),
            ("heldByHook", .bool(wasHeld)), ("labels", .string(labels)),
            ("policies", .array(policies.map(JSONValue.string))),
            ("rules", .integer(Int64(ruleCount))), ("ruleSet", .string(String(ruleSet, radix: 16))),
            ("generation", .string(String(generation))), ("enforcer", .string(enforcer)),
            ("since", .integer(since)), ("postures", .string(postures)), ("visibility", .string(visibility)),
            ("decisions", .object(decisions.map { ($0.name, .integer(Int64(clamping: $0.value))) })),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        func text(_ key: String) -> String { value[key]?.string ?? "" }
        self.init(
            key: UInt64(text("key")) ?? 0, isHost: text("kind") == "host", namespace: text("namespace"),
            name: text("name"), owner: text("owner"), containerID: text("containerID"),
            containerName: text("containerName"),
            image: text("image"), runtime: text("runtime"),
            initPID: UInt32(clamping: value["initPID"]?.integer ?? 0), root: text("root"),
            cgroup: UInt64(text("cgroup")) ?? 0, wasHeld: value["heldByHook"] == .bool(true), labels: text("labels"),
            policies: NodeStatus.texts(value["policies"]), ruleCount: Int(value["rules"]?.integer ?? 0),
            ruleSet: UInt64(text("ruleSet"), radix: 16) ?? 0, generation: UInt64(text("generation")) ?? 0,
            enforcer: text("enforcer"), since: value["since"]?.integer ?? 0,
            postures: text("postures"), visibility: text("visibility"),
            decisions: NodeStatus.numbers(value["decisions"]))
    }
}
