// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCProtobuf
internal import JSON
internal import SwiftProtobuf

/// policy.ProbeService: which policies are in force for whom.
struct ProbeService: RegistrableRPCService {
    let daemon: DaemonLink

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Policy_ProbeService.Method.getProbeData.descriptor,
            deserializer: ProtobufDeserializer<Google_Protobuf_Empty>(), serializer: ReadyBytes()
        ) { [daemon] _, _ in
            let probe = JSONParser.parse(try await daemon.description(of: "probe")) ?? .null
            return StreamingServerResponse(single: ServerResponse(message: Self.response(probe)))
        }
    }

    /// A ProbeResponse.
    private static func response(_ probe: JSONValue) -> [UInt8] {
        var response = WireWriter()
        let containers = probe["containers"]?.elements ?? []
        for container in containers { response.data(1, Array((container["name"]?.string ?? "").utf8)) }
        for container in containers {
            response.message(2) { entry in
                entry.text(1, container["name"]?.string ?? "")
                entry.message(2) { data in
                    append(names: container, to: &data)
                    // Enabled.
                    data.number(2, Int32(1))
                    append(documents: container, 3, to: &data)
                }
            }
        }
        for host in probe["hosts"]?.elements ?? [] {
            response.message(3) { entry in
                entry.text(1, host["name"]?.string ?? "")
                entry.message(2) { data in
                    append(names: host, to: &data)
                    append(documents: host, 2, to: &data)
                }
            }
        }
        return response.bytes
    }

    private static func append(names workload: JSONValue, to data: inout WireWriter) {
        for policy in workload["policies"]?.elements ?? [] { data.text(1, policy["name"]?.string ?? "") }
    }

    private static func append(documents workload: JSONValue, _ field: Int, to data: inout WireWriter) {
        for policy in workload["policies"]?.elements ?? [] {
            data.message(field) { $0.text(1, policy["document"]?.string ?? "") }
        }
    }
}
