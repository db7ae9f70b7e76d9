// SPDX-License-Identifier: Apache-2.0
package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import NIOCore
internal import NIOPosix
package import PluginKit

/// A gRPC connection to a runtime.
package enum RuntimeConnection {
    package typealias Transport = HTTP2ClientTransport.Posix
    package typealias Client = GRPCClient<Transport>

    /// For a question that the runtime answers from memory: one that takes longer hangs.
    package static let options: CallOptions = {
        var options = CallOptions.defaults
        options.timeout = .seconds(10)
        options.waitForReady = false
        // A node has thousands of containers, and their labels are in the answer.
        options.maxResponseMessageBytes = 64 << 20
        return options
    }()

    /// For a stream of events, which ends with the connection.
    package static let streamOptions: CallOptions = {
        var options = CallOptions.defaults
        options.waitForReady = false
        return options
    }()

    /// Connects, runs the body and hangs up.
    package static func use(_ socket: SourceSocket, _ body: @escaping @Sendable (Client) async throws -> Void)
        async throws
    {
        // The library tries to connect for ever; whoever calls wants to know.
        try socket.knock()
        // A thread of its own, which ends with the conversation.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let transport = try HTTP2ClientTransport.Posix(
                // Servers refuse an authority that is a path.
                target: .unixDomainSocket(path: socket.path, authority: "localhost"),
                transportSecurity: .plaintext, eventLoopGroup: group)
            try await withGRPCClient(transport: transport) { client in
                defer { client.beginGracefulShutdown() }
                try await body(client)
            }
        } catch {
            try? await group.shutdownGracefully()
            throw explained(error, socket)
        }
        try? await group.shutdownGracefully()
    }

    /// The answer; nil when the runtime knows of no such thing.
    package static func ifThere<Answer>(_ ask: () async throws -> Answer) async throws -> Answer? {
        do {
            return try await ask()
        } catch let error as RPCError where error.code == .notFound {
            return nil
        }
    }

    private static func explained(_ error: any Error, _ socket: SourceSocket) -> any Error {
        guard let error = error as? RPCError else { return error }
        let code: Int32 = error.code == .deadlineExceeded ? ETIMEDOUT : error.code == .unavailable ? EPIPE : EPROTO
        return PluginFailure(code: code, message: "\(socket.path): \(error.code): \(error.message)")
    }
}
