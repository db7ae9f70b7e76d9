// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// grpc.reflection.v1 and v1alpha, whose messages are the same.
struct ReflectionService: RegistrableRPCService {
    private let services: [String]
    private let files: ProtoFiles

    /// - Parameter services: those that are served, by their full names
    init(services: [String]) throws {
        self.services = services.sorted()
        files = try ProtoFiles()
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for method in [
            Grpc_Reflection_V1_ServerReflection.Method.ServerReflectionInfo.descriptor,
            Grpc_Reflection_V1alpha_ServerReflection.Method.ServerReflectionInfo.descriptor,
        ] {
            router.registerHandler(
                forMethod: method,
                deserializer: ProtobufDeserializer<Grpc_Reflection_V1_ServerReflectionRequest>(),
                serializer: ReadyBytes()
            ) { request, _ in
                StreamingServerResponse { writer in
                    for try await question in request.messages { try await writer.write(try answer(question)) }
                    return [:]
                }
            }
        }
    }

    /// A ServerReflectionResponse.
    private func answer(_ question: Grpc_Reflection_V1_ServerReflectionRequest) throws -> [UInt8] {
        var response = WireWriter()
        response.text(1, question.host)
        response.data(2, try question.serializedBytes())
        switch question.messageRequest {
        case .listServices:
            response.message(6) { list in
                for name in services { list.message(1) { $0.text(1, name) } }
            }
        case .fileByFilename(let name): append(files.withImports(name), name, to: &response)
        case .fileContainingSymbol(let symbol):
            append(files.fileBySymbol[symbol].map(files.withImports) ?? [], symbol, to: &response)
        case .fileContainingExtension, .allExtensionNumbersOfType:
            append([], "an extension", to: &response)
        case nil:
            append([], "a question", to: &response)
        }
        return response.bytes
    }

    private func append(_ descriptors: [[UInt8]], _ what: String, to response: inout WireWriter) {
        guard descriptors.isEmpty else {
            response.message(4) { list in
                for descriptor in descriptors { list.data(1, descriptor) }
            }
            return
        }
        response.message(7) { error in
            error.number(1, Int32(RPCError.Code.notFound.rawValue))
            error.text(2, "\(what) is not known here")
        }
    }
}

/// The protos of this plugin.
private struct ProtoFiles: Sendable {
    private var descriptors: [String: (bytes: [UInt8], imports: [String])] = [:]
    /// Full names of services, methods, messages and enums.
    private(set) var fileBySymbol: [String: String] = [:]

    init() throws {
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: Self.bytes(of: fileDescriptorSet))
        for file in set.file {
            descriptors[file.name] = (try file.serializedBytes(), file.dependency)
            let prefix = file.package.isEmpty ? "" : "\(file.package)."
            for service in file.service {
                add("\(prefix)\(service.name)", file.name)
                for method in service.method { add("\(prefix)\(service.name).\(method.name)", file.name) }
            }
            for message in file.messageType { add(message, prefix, file.name) }
            for type in file.enumType { add("\(prefix)\(type.name)", file.name) }
        }
    }

    private mutating func add(_ symbol: String, _ file: String) { fileBySymbol[symbol] = file }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, _ prefix: String, _ file: String) {
        add("\(prefix)\(message.name)", file)
        for nested in message.nestedType { add(nested, "\(prefix)\(message.name).", file) }
        for type in message.enumType { add("\(prefix)\(message.name).\(type.name)", file) }
    }

    /// The file and what it imports; empty when there is none.
    func withImports(_ name: String) -> [[UInt8]] {
        guard let file = descriptors[name] else { return [] }
        return [file.bytes] + file.imports.flatMap(withImports)
    }

    private static func bytes(of hexadecimal: StaticString) -> [UInt8] {
        hexadecimal.withUTF8Buffer { text in
            stride(from: 0, to: text.count - 1, by: 2).map { digit(text[$0]) << 4 | digit(text[$0 + 1]) }
        }
    }

    private static func digit(_ character: UInt8) -> UInt8 {
        character >= UInt8(ascii: "a") ? character - UInt8(ascii: "a") + 10 : character - UInt8(ascii: "0")
    }
}
