// SPDX-License-Identifier: Apache-2.0
import JSON

/// What the daemon answers a hook.
public struct HookAnswer: Sendable, Hashable {
    /// Nil when the container's rule set is in force; otherwise why it is not.
    public var failure: String?
    /// The container's name, once it has one.
    public var workload: String
    /// What a container that is not made yet is to be started under.
    public var confinement = ContainerConfinement()
    /// From the connection until the answer.
    public var microseconds: UInt64

    public init(failure: String? = nil, workload: String = "", microseconds: UInt64 = 0) {
        self.failure = failure
        self.workload = workload
        self.microseconds = microseconds
    }

    public var text: String {
        let members: [(key: String, value: JSONValue)] = [
            ("inForce", .bool(failure == nil)), ("failure", .string(failure ?? "")), ("workload", .string(workload)),
            ("microseconds", .integer(Int64(clamping: microseconds))), ("profile", .string(confinement.profile)),
            ("domain", .string(confinement.domain)),
        ]
        return JSONValue.object(members).text
    }

    /// Nil for what no daemon answers.
    public init?(text: String) {
        guard let value = JSONParser.parse(text), case .bool(let isInForce)? = value["inForce"] else { return nil }
        self.init(
            failure: isInForce ? nil : value["failure"]?.string ?? "", workload: value["workload"]?.string ?? "",
            microseconds: UInt64(clamping: value["microseconds"]?.integer ?? 0))
        confinement.profile = value["profile"]?.string ?? ""
        confinement.domain = value["domain"]?.string ?? ""
    }
}
