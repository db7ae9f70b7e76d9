// SPDX-License-Identifier: Apache-2.0
import JSON

/// Who a workload was when its events were recorded.
public struct RecordedWorkload: Sendable, Hashable {
    /// As its events name it.
    public var key: UInt64
    public var isHost: Bool
    public var name: String
    public var namespace: String
    public var containerName: String
    public var containerID: String
    public var image: String
    public var labels: [String: String]
    /// cgroup v2 id.
    public var cgroup: UInt64

    public init(key: UInt64, isHost: Bool, name: String) {
        (self.key, self.isHost, self.name) = (key, isHost, name)
        (namespace, containerName, containerID, image) = ("", "", "", "")
        (labels, cgroup) = ([:], 0)
    }

    var json: String {
        JSONValue.object([
            ("key", .string(String(key))), ("host", .bool(isHost)), ("name", .string(name)),
            ("namespace", .string(namespace)), ("container", .string(containerName)), ("id", .string(containerID)),
            ("image", .string(image)), ("cgroup", .string(String(cgroup))),
            ("labels", .object(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]).text
    }

    /// Nil when a key is missing.
    init?(json: String) {
        guard let value = JSONParser.parse(json), let key = value["key"]?.string.flatMap({ UInt64($0) }) else {
            return nil
        }
        self.init(key: key, isHost: value["host"] == .bool(true), name: value["name"]?.string ?? "")
        namespace = value["namespace"]?.string ?? ""
        containerName = value["container"]?.string ?? ""
        containerID = value["id"]?.string ?? ""
        image = value["image"]?.string ?? ""
        cgroup = value["cgroup"]?.string.flatMap { UInt64($0) } ?? 0
        if case .object(let members)? = value["labels"] {
            for member in members { labels[member.key] = member.value.string ?? "" }
        }
    }
}
