// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import PluginKit

/// Asks the daemon, on a thread that may wait.
final class DaemonLink: Sendable {
    /// Anybody may ask what there is: the daemon is asked no more often than this.
    private static let freshness = Duration.milliseconds(100)

    private let host: Host
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let descriptions: FreshDescriptions

    init(host: Host) {
        self.host = host
        descriptions = FreshDescriptions(host: host, freshness: Self.freshness)
        pool.start()
    }

    /// - Parameter peerUID: nil for a client that is known otherwise
    /// - Returns: a number of policy.PolicyStatus
    func apply(_ policy: [UInt8], peerUID: UInt32?) async throws -> Int {
        do {
            return try await pool.runIfActive { [host] in
                let (status, reason) = try host.applyPolicy(policy, peerUID: peerUID)
                if !reason.isEmpty { host.log(.debug, "a policy is refused: \(reason)") }
                return Int(status)
            }
        } catch let failure as PluginFailure {
            switch failure.code {
            case EACCES: throw RPCError(code: .permissionDenied, message: failure.message)
            case EAGAIN, ENOSYS: throw RPCError(code: .unavailable, message: failure.message)
            default: throw RPCError(code: .internalError, message: failure.message)
            }
        }
    }

    func description(of what: String) async throws -> String {
        let text = try await pool.runIfActive { [descriptions] in descriptions.description(of: what) }
        guard let text else { throw RPCError(code: .unavailable, message: "the daemon is starting") }
        return text
    }

    /// Ends the thread, after the question under way.
    func close() { try? pool.syncShutdownGracefully() }
}
