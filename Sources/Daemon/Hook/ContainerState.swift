// SPDX-License-Identifier: Apache-2.0
import JSON

/// What a runtime writes to a hook's standard input: the state of OCI's runtime specification.
public struct ContainerState: Sendable, Hashable {
    /// What was read is no such state.
    public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Its annotations are those of the bundle.
    public static let limit = 1 << 20

    public var id: String
    public var pid: UInt32
    public var bundle: String
    public var status: String
    public var annotations: [String: String]

    /// Of a container that is not made yet; nil when none can be called so.
    init?(id: String, bundle: String) {
        guard HookRequest.isID(id), !id.contains("/"), bundle.hasPrefix("/") else { return nil }
        (self.id, self.bundle, pid, status, annotations) = (id, bundle, 0, "", [:])
    }

    public init(text: String) throws(Malformed) {
        guard let value = JSONParser.parse(text), case .object = value else {
            throw Malformed(
                description: "standard input is no JSON object: a runtime runs this as a hook and writes the "
                    + "container's state to it")
        }
        id = value["id"]?.string ?? ""
        guard HookRequest.isID(id), !id.contains("/") else {
            throw Malformed(description: "the state has no id that a container can have: '\(id.prefix(80))'")
        }
        guard let pid = value["pid"]?.integer.flatMap({ UInt32(exactly: $0) }), pid > 0 else {
            throw Malformed(
                description: "the state has no pid: run the hook as createRuntime, when the container has a process")
        }
        self.pid = pid
        bundle = value["bundle"]?.string ?? ""
        guard bundle.hasPrefix("/") else {
            throw Malformed(description: "the state has no bundle with an absolute path: '\(bundle.prefix(80))'")
        }
        status = value["status"]?.string ?? ""
        annotations = value["annotations"]?.texts ?? [:]
    }
}

extension JSONValue {
    /// The members of an object that are texts.
    var texts: [String: String] {
        guard case .object(let members) = self else { return [:] }
        return members.reduce(into: [:]) { all, member in
            if let text = member.value.string { all[member.key] = text }
        }
    }
}
