// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCProtobuf
internal import JSON
internal import SwiftProtobuf
internal import Synchronization

/// state_agent.StateAgent: what there is on this node, and what changes.
final class StateAgent: RegistrableRPCService {
    private typealias Method = StateAgent_StateAgent.Method

    /// How often the daemon is asked while somebody watches.
    private static let pause = Duration.milliseconds(250)
    private static let watcherLimit = 16

    private struct Key: Hashable, Comparable {
        let kind: String
        let name: String

        static func < (left: Key, right: Key) -> Bool { (left.kind, left.name) < (right.kind, right.name) }
    }

    private let daemon: DaemonLink
    private let watchers = Atomic<Int>(0)

    init(daemon: DaemonLink) { self.daemon = daemon }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Method.GetState.descriptor, deserializer: ProtobufDeserializer<Google_Protobuf_Empty>(),
            serializer: ReadyBytes()
        ) { [self] _, _ in
            StreamingServerResponse { [self] writer in
                var events = WireWriter()
                let state = Self.state(of: try await daemon.description(of: "state"))
                for (key, object) in state.sorted(by: { $0.key < $1.key }) {
                    events.data(1, Self.event("added", key, object))
                }
                try await writer.write(events.bytes)
                return [:]
            }
        }
        router.registerHandler(
            forMethod: Method.WatchState.descriptor, deserializer: ProtobufDeserializer<Google_Protobuf_Empty>(),
            serializer: ReadyBytes()
        ) { [self] _, context in
            StreamingServerResponse { [self] writer in
                try await watch(writer, context)
                return [:]
            }
        }
    }

    private func watch(_ writer: RPCWriter<[UInt8]>, _ context: ServerContext) async throws {
        guard watchers.wrappingAdd(1, ordering: .relaxed).newValue <= Self.watcherLimit else {
            watchers.subtract(1, ordering: .relaxed)
            throw RPCError(code: .resourceExhausted, message: "\(Self.watcherLimit) clients watch already")
        }
        defer { watchers.subtract(1, ordering: .relaxed) }
        var text = try await daemon.description(of: "state")
        var before = Self.state(of: text)
        while !context.cancellation.isCancelled {
            try await Task.sleep(for: Self.pause)
            let newText = try await daemon.description(of: "state")
            guard newText != text else { continue }
            text = newText
            let now = Self.state(of: text)
            for (key, object) in before.sorted(by: { $0.key < $1.key }) where now[key] == nil {
                try await writer.write(Self.event("deleted", key, object))
            }
            for (key, object) in now.sorted(by: { $0.key < $1.key }) where before[key] != object {
                try await writer.write(Self.event(before[key] == nil ? "added" : "updated", key, object))
            }
            before = now
        }
    }

    /// What there is, as JSON.
    private static func state(of text: String) -> [Key: String] {
        let list = JSONParser.parse(text)?.elements ?? []
        return list.reduce(into: [:]) { all, entry in
            let key = Key(kind: entry["kind"]?.string ?? "", name: entry["name"]?.string ?? "")
            all[key] = entry["object"]?.text ?? "{}"
        }
    }

    /// A StateEvent.
    private static func event(_ type: String, _ key: Key, _ object: String) -> [UInt8] {
        var event = WireWriter()
        event.text(1, key.kind)
        event.text(2, type)
        event.text(3, key.name)
        event.text(4, object)
        return event.bytes
    }
}
