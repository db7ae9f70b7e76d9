// SPDX-License-Identifier: Apache-2.0

/// One message of ttrpc on one of the connections that NRI puts into a socket.
package struct TTRPCMessage: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, Hashable {
        case request = 1, response, data
    }

    /// NRI's connections: what the runtime asks the plugin, and what the plugin asks the runtime.
    package static let toPlugin: UInt32 = 1
    package static let toRuntime: UInt32 = 2
    /// ttrpc's own.
    package static let limit = 4 << 20
    static let headerSize = 10

    package var connection: UInt32
    package var stream: UInt32
    package var kind: Kind
    package var payload: ArraySlice<UInt8>

    package init(connection: UInt32, stream: UInt32, kind: Kind, payload: [UInt8]) {
        self.connection = connection
        self.stream = stream
        self.kind = kind
        self.payload = payload[...]
    }

    /// In one piece.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: connection)
        bytes.append(bigEndian: UInt32(Self.headerSize + payload.count))
        bytes.append(bigEndian: UInt32(payload.count))
        bytes.append(bigEndian: stream)
        bytes += [kind.rawValue, 0]
        return bytes + payload
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func number(at offset: Int) -> UInt32 {
        self[(startIndex + offset)..<(startIndex + offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Takes the bytes of a socket apart: pieces of connections, and the messages that they make.
package struct TTRPCReader: Sendable {
    private static let pieceHeaderSize = 8

    private var socket: [UInt8] = []
    private var connections: [UInt32: [UInt8]] = [:]

    package init() {}

    /// Takes in what was read, and returns the messages that are complete by now.
    package mutating func take(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> [TTRPCMessage] {
        socket += bytes
        var messages: [TTRPCMessage] = []
        var rest = socket[...]
        while rest.count >= Self.pieceHeaderSize {
            let (connection, size) = (rest.number(at: 0), Int(rest.number(at: 4)))
            guard connection == TTRPCMessage.toPlugin || connection == TTRPCMessage.toRuntime else {
                throw MalformedMessage("there is no connection \(connection)")
            }
            guard size <= TTRPCMessage.limit + TTRPCMessage.headerSize else {
                throw MalformedMessage("a piece of \(size) bytes is too long")
            }
            guard rest.count >= Self.pieceHeaderSize + size else { break }
            connections[connection, default: []] += rest.dropFirst(Self.pieceHeaderSize).prefix(size)
            rest = rest.dropFirst(Self.pieceHeaderSize + size)
            try takeMessages(of: connection, into: &messages)
        }
        socket = Array(rest)
        return messages
    }

    private mutating func takeMessages(
        of connection: UInt32, into messages: inout [TTRPCMessage]
    ) throws(MalformedMessage) {
        var rest = (connections.removeValue(forKey: connection) ?? [])[...]
        while rest.count >= TTRPCMessage.headerSize {
            let (size, stream) = (Int(rest.number(at: 0)), rest.number(at: 4))
            guard size <= TTRPCMessage.limit else { throw MalformedMessage("a message of \(size) bytes is too long") }
            guard rest.count >= TTRPCMessage.headerSize + size else { break }
            guard let kind = TTRPCMessage.Kind(rawValue: rest[rest.startIndex + 8]) else {
                throw MalformedMessage("a message is of an unknown kind")
            }
            let payload = Array(rest.dropFirst(TTRPCMessage.headerSize).prefix(size))
            messages.append(TTRPCMessage(connection: connection, stream: stream, kind: kind, payload: payload))
            rest = rest.dropFirst(TTRPCMessage.headerSize + size)
        }
        connections[connection] = Array(rest)
    }
}

/// A question of ttrpc.
package struct TTRPCRequest: Sendable, Hashable {
    package var service: String
    package var method: String
    package var payload: ArraySlice<UInt8>
    /// After which who asked waits no longer; 0 for no limit.
    package var nanoseconds: UInt64

    package init(service: String, method: String, payload: [UInt8]) {
        (self.service, self.method, self.payload) = (service, method, payload[...])
        nanoseconds = 0
    }

    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        let message = try ProtobufMessage(bytes)
        (service, method, payload) = (message.text(1), message.text(2), message.bytes(3))
        nanoseconds = message.number(4)
    }

    package var bytes: [UInt8] {
        var writer = ProtobufWriter()
        writer.add(1, service)
        writer.add(2, method)
        writer.add(3, Array(payload))
        writer.add(4, nanoseconds)
        return writer.bytes
    }
}

/// An answer of ttrpc.
package enum TTRPCResponse: Sendable, Hashable {
    /// gRPC's codes.
    package enum Code: UInt64, Sendable, Hashable {
        case failedPrecondition = 9, unimplemented = 12
    }

    case success([UInt8])
    case failure(code: UInt64, text: String)

    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        let message = try ProtobufMessage(bytes)
        if let status = try message.message(1), status.number(1) != 0 {
            self = .failure(code: status.number(1), text: status.text(2))
        } else {
            self = .success(Array(message.bytes(2)))
        }
    }

    /// What is too long for a runtime's reader is cut.
    package var bytes: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .success(let payload): writer.add(2, payload)
        case .failure(let code, let text):
            var status = ProtobufWriter()
            status.add(1, code)
            status.add(2, Array(text.utf8.prefix(1024)))
            writer.add(1, status.bytes)
        }
        return writer.bytes
    }
}
