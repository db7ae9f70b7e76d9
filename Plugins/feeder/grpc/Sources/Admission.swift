// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import NIOCore
internal import Synchronization

/// Which connections are taken: so many that the daemon keeps descriptors for its own work, and on the Unix socket
/// those of the daemon's own user alone.
final class Admission: Sendable {
    /// What connecting says about a peer.
    enum Peer: Sendable {
        case unknown
        /// A process of this node with the daemon's own uid, 0 as a rule.
        case local
        /// One with a certificate of our authority.
        case certified
    }

    private struct Refusal: Error {}

    /// struct ucred of the kernel.
    private struct Credentials {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    private static let limit = 256
    private let count = Atomic<Int>(0)

    /// Called with every connection before anything is read from it.
    func admit(_ channel: any Channel, as peer: Peer) -> EventLoopFuture<Void> {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue <= Self.limit else {
            count.subtract(1, ordering: .relaxed)
            return refuse(channel)
        }
        channel.closeFuture.whenComplete { [self] _ in count.subtract(1, ordering: .relaxed) }
        guard case .local = peer else { return channel.eventLoop.makeSucceededVoidFuture() }
        guard let options = channel as? any SocketOptionProvider else { return refuse(channel) }
        let credentials: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.flatMap { [self] credentials in
            credentials.user == 0 || credentials.user == geteuid()
                ? channel.eventLoop.makeSucceededVoidFuture() : refuse(channel)
        }
    }

    private func refuse(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.close(promise: nil)
        return channel.eventLoop.makeFailedFuture(Refusal())
    }
}
