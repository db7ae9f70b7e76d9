// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import PluginKit
internal import Synchronization

/// The servers of one feeder: one a listening socket, all on one thread.
final class ServerSet: Sendable {
    /// A server that is to be.
    struct Plan {
        let descriptor: Int32
        let name: String
        let peer: Admission.Peer
        let security: HTTP2ServerTransport.Posix.TransportSecurity
        let services: [any RegistrableRPCService]
    }

    private typealias Server = GRPCServer<HTTP2ServerTransport.Posix>

    private struct Running {
        let place: ServerPlace
        let task: Task<Void, Never>
        let finished: DispatchSemaphore
    }

    /// Half of what the contract gives `close`.
    private static let patience = DispatchTimeInterval.milliseconds(1000)
    /// On a busy machine a server that is late is better than none.
    private static let startPatience = DispatchTimeInterval.seconds(10)

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let admission = Admission()
    private let running = Mutex<[Running]>([])

    /// Returns when all are listening; takes the sockets. On failure nobody listens; the thread is left to servers that
    /// still end.
    init(_ plans: [Plan]) throws(PluginFailure) {
        var failure: PluginFailure?
        for plan in plans {
            guard failure == nil else {
                close(plan.descriptor)
                continue
            }
            failure = start(plan)
        }
        if let failure {
            end()
            throw failure
        }
    }

    private func start(_ plan: Plan) -> PluginFailure? {
        let transport = HTTP2ServerTransport.Posix(
            listeningSocketDescriptor: Int(plan.descriptor), transportSecurity: plan.security,
            config: configuration(for: plan.peer), eventLoopGroup: group)
        let place = ServerPlace(Server(transport: transport, services: plan.services))
        let (ready, finished) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let state = StartState()
        // The bridge between the contract, whose entries block, and a library of tasks.
        let task = Task.detached {
            do {
                try await place.serve()
            } catch {
                state.error.withLock { $0 = "\(error)" }
            }
            finished.signal()
            ready.signal()
        }
        Task.detached {
            guard (try? await transport.listeningAddress) != nil else { return }
            state.isListening.store(true, ordering: .releasing)
            ready.signal()
        }
        running.withLock { $0.append(Running(place: place, task: task, finished: finished)) }
        let inTime = ready.wait(timeout: .now() + Self.startPatience) == .success
        guard inTime, state.isListening.load(ordering: .acquiring) else {
            let reason = state.error.withLock { $0 } ?? "it does not listen"
            return PluginFailure(code: EIO, message: "\(plan.name): \(reason): look at the certificates and the port")
        }
        return nil
    }

    /// Holds a server for as long as it runs: when it goes it still needs its thread.
    private final class ServerPlace: Sendable {
        private let server: Mutex<Server?>

        init(_ server: Server) { self.server = Mutex(server) }

        func serve() async throws {
            defer { server.withLock { $0 = nil } }
            try await server.withLock { $0 }?.serve()
        }

        func stop() { server.withLock { $0 }?.beginGracefulShutdown() }
    }

    private final class StartState: Sendable {
        let isListening = Atomic<Bool>(false)
        let error = Mutex<String?>(nil)
    }

    private func configuration(for peer: Admission.Peer) -> HTTP2ServerTransport.Posix.Config {
        .defaults { config in
            // A client that has died is found out; clients may ask as often as KubeArmor's do.
            config.connection.keepalive = HTTP2ServerTransport.Config.Keepalive(
                time: .seconds(10), timeout: .seconds(20),
                clientBehavior: HTTP2ServerTransport.Config.ClientKeepaliveBehavior(
                    minPingIntervalWithoutCalls: .seconds(1), allowWithoutCalls: true))
            config.http2.maxConcurrentStreams = 64
            config.rpc.maxRequestPayloadSize = 2 << 20
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { [admission] channel in
                admission.admit(channel, as: peer)
            }
        }
    }

    /// Ends all; called once.
    func stop() {
        end()
        try? group.syncShutdownGracefully()
    }

    private func end() {
        let servers = running.withLock { $0 }
        for running in servers { running.place.stop() }
        let deadline = DispatchTime.now() + Self.patience
        for running in servers where running.finished.wait(timeout: deadline) == .timedOut { running.task.cancel() }
    }
}
