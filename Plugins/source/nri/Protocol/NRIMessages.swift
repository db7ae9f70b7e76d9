// SPDX-License-Identifier: Apache-2.0

// What is of use here of NRI's v1alpha1; the numbers are those of its fields.

/// The methods and names of the interface.
package enum NRIInterface {
    package static let plugin = "nri.pkg.api.v1alpha1.Plugin"
    package static let runtime = "nri.pkg.api.v1alpha1.Runtime"

    /// The plugin's name and its place in the order of plugins.
    package static func registration(name: String, index: String) -> TTRPCRequest {
        var writer = ProtobufWriter()
        writer.add(1, name)
        writer.add(2, index)
        return TTRPCRequest(service: runtime, method: "RegisterPlugin", payload: writer.bytes)
    }

    /// The answer to Configure: the events that are wanted.
    package static func subscription(_ events: [NRIEvent.Kind]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.add(2, events.reduce(0) { $0 | 1 << ($1.rawValue - 1) })
        return writer.bytes
    }

    /// The answer to a part of what there is.
    package static func synchronized(more: Bool) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.add(2, more ? 1 : 0)
        return writer.bytes
    }
}

/// The runtime's name, from Configure.
package struct NRIRuntime: Sendable, Hashable {
    package var name: String
    package var version: String

    package init(name: String, version: String) { (self.name, self.version) = (name, version) }

    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        let message = try ProtobufMessage(bytes)
        (name, version) = (message.text(2), message.text(3))
    }
}

package struct NRIPod: Sendable, Hashable {
    package var id = ""
    package var name = ""
    package var namespace = ""
    package var labels: [String: String] = [:]
    /// As the runtime tells it to runc.
    package var cgroup = ""
    /// 0 when the runtime does not tell it.
    package var pid: UInt32 = 0

    package init() {}

    init(_ message: ProtobufMessage) throws(MalformedMessage) {
        (id, name, namespace) = (message.text(1), message.text(2), message.text(4))
        labels = try message.texts(5)
        cgroup = try message.message(8)?.text(4) ?? ""
        pid = UInt32(truncatingIfNeeded: message.number(9))
    }
}

package struct NRIContainer: Sendable, Hashable {
    package enum State: UInt64, Sendable, Hashable {
        case unknown, created, paused, running, stopped
    }

    package var id = ""
    /// Of the pod.
    package var sandbox = ""
    package var name = ""
    package var state = State.unknown
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// As the runtime tells it to runc.
    package var cgroup = ""
    /// 0 when the runtime does not tell it.
    package var pid: UInt32 = 0

    package init() {}

    init(_ message: ProtobufMessage) throws(MalformedMessage) {
        (id, sandbox, name) = (message.text(1), message.text(2), message.text(3))
        state = State(rawValue: message.number(4)) ?? .unknown
        labels = try message.texts(5)
        annotations = try message.texts(6)
        cgroup = try message.message(11)?.text(5) ?? ""
        pid = UInt32(truncatingIfNeeded: message.number(12))
    }
}

/// Something happened, or is about to happen.
package struct NRIEvent: Sendable, Hashable {
    package enum Kind: UInt64, Sendable, Hashable {
        case runPod = 1
        case removePod = 3
        case startContainer = 6
        case removeContainer = 11
    }

    /// Nil for one that nobody wanted.
    package var kind: Kind?
    package var pod: NRIPod?
    package var container: NRIContainer?

    /// The event of older runtimes (`StateChange`), or the request that newer ones have for it; nil when the method is
    /// neither.
    package init?(method: String, _ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        let message = try ProtobufMessage(bytes)
        let first: UInt64
        if method == "StateChange" {
            (kind, first) = (Kind(rawValue: message.number(1)), 2)
        } else if let kind = Self.methods[method] {
            (self.kind, first) = (kind, 1)
        } else {
            return nil
        }
        if let pod = try message.message(first) { self.pod = try NRIPod(pod) }
        if let container = try message.message(first + 1) { self.container = try NRIContainer(container) }
    }

    private static let methods: [String: Kind] = [
        "RunPodSandbox": .runPod, "RemovePodSandbox": .removePod, "StartContainer": .startContainer,
        "RemoveContainer": .removeContainer,
    ]
}

/// A part of what there is.
package struct NRIState: Sendable, Hashable {
    package var pods: [NRIPod] = []
    package var containers: [NRIContainer] = []
    /// Another part follows.
    package var more = false

    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        let message = try ProtobufMessage(bytes)
        for pod in try message.messages(1) { pods.append(try NRIPod(pod)) }
        for container in try message.messages(2) { containers.append(try NRIContainer(container)) }
        more = message.number(3) != 0
    }
}
