// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCProtobuf
internal import PluginKit

/// feeder.LogService. Its streams hand out bytes that were encoded once for all.
struct LogService: RegistrableRPCService {
    private typealias Method = Feeder_LogService.Method

    /// Records that are written at one time.
    private static let batchSize = 512

    let hub: SubscriberHub

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Method.HealthCheck.descriptor, deserializer: ProtobufDeserializer<Feeder_NonceMessage>(),
            serializer: ProtobufSerializer<Feeder_ReplyMessage>()
        ) { request, _ in
            var reply = Feeder_ReplyMessage()
            for try await message in request.messages { reply.retval = message.nonce }
            return StreamingServerResponse(single: ServerResponse(message: reply))
        }
        watch(.message, Method.WatchMessages.descriptor, filters: nil, &router)
        watch(.alert, Method.WatchAlerts.descriptor, filters: ["all", "policy"], &router)
        watch(.log, Method.WatchLogs.descriptor, filters: ["all", "system"], &router)
    }

    /// - Parameter filters: a stream with another one ends at once; nil for any
    private func watch<Transport: ServerTransport>(
        _ kind: Record.Kind, _ method: MethodDescriptor, filters: [String]?, _ router: inout RPCRouter<Transport>
    ) {
        router.registerHandler(
            forMethod: method, deserializer: ProtobufDeserializer<Feeder_RequestMessage>(), serializer: ReadyBytes()
        ) { request, _ in
            var filter = ""
            for try await message in request.messages { filter = message.filter }
            let isWanted = filters?.contains(filter) ?? true
            return StreamingServerResponse { writer in
                if isWanted { try await stream(kind, to: writer) }
                return [:]
            }
        }
    }

    private func stream(_ kind: Record.Kind, to writer: RPCWriter<[UInt8]>) async throws {
        guard let subscriber = hub.subscribe(to: kind) else {
            throw RPCError(
                code: .resourceExhausted, message: "there are \(SubscriberHub.subscriberLimit) streams: end one of them"
            )
        }
        defer { hub.remove(subscriber) }
        try await withRPCCancellationHandler {
            while let records = await subscriber.next() {
                var rest = records[...]
                while !rest.isEmpty {
                    let batch = rest.prefix(Self.batchSize)
                    try await writer.write(contentsOf: batch)
                    subscriber.delivered(batch)
                    rest = rest.dropFirst(batch.count)
                }
            }
        } onCancelRPC: {
            subscriber.end()
        }
    }
}
