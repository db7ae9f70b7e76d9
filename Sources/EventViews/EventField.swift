// SPDX-License-Identifier: Apache-2.0

/// A field of alerts, logs and messages, by KubeArmor's name.
public struct EventField: Sendable, Hashable, CustomStringConvertible {
    /// One name, or an object's and that of its member.
    let path: [String]

    /// Names, in any case; members of `EventData` may have any.
    ///
    /// - Throws: a sentence with the names that there are
    public init(_ name: String) throws(EventViewError) {
        let lower = name.lowercased()
        if let known = Self.names.first(where: { $0.lowercased() == lower }) {
            path = known.split(separator: ".").map(String.init)
        } else if lower.hasPrefix("eventdata."), name.utf8.count > 10 {
            path = ["EventData", String(name.dropFirst(10))]
        } else {
            throw EventViewError("there is no field \(name); there are \(Self.names.joined(separator: ", "))")
        }
    }

    public var description: String { path.joined(separator: ".") }

    /// All but the members of EventData.
    static let names = [
        "Timestamp", "UpdatedTime", "ClusterName", "HostName", "HostIP", "NamespaceName", "Owner.Ref", "Owner.Name",
        "Owner.Namespace", "PodName", "Labels", "ContainerID", "ContainerName", "ContainerImage", "HostPPID",
        "HostPID", "PPID", "PID", "UID", "UserName", "ParentProcessName", "ProcessName", "PolicyName", "Severity",
        "Tags", "ATags", "Message", "Type", "Level", "Source", "Operation", "Resource", "Data", "EventData",
        "Enforcer", "Action", "Result", "Cwd", "TTY", "ExecEvent.ExecID", "ExecEvent.ExecutableName", "NodeID",
        "KubeArmorVersion", "ProcessHash", "ParentHash", "ResourceHash", "HashAlgo", "MaxAlertsPerSec",
        "DroppingAlertsInterval",
    ]
}

/// What was asked for and cannot be, with what to write instead.
public struct EventViewError: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
