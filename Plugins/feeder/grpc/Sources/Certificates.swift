// SPDX-License-Identifier: Apache-2.0
internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import PluginKit

/// The certificates of mutual TLS.
enum Certificates {
    /// Where they are.
    struct Place: Hashable, Sendable {
        let folder: String
        /// The server's is made from the authority's key at every start.
        let areMinted: Bool
    }

    /// Clients need a certificate of the authority, too: `ca.crt`, `server.crt` and `server.key`, as KubeArmor names
    /// them.
    static func security(_ place: Place) throws(PluginFailure) -> HTTP2ServerTransport.Posix.TransportSecurity {
        for name in ["ca.crt", "server.crt", "server.key"] { try check("\(place.folder)/\(name)") }
        return .mTLS(
            certificateChain: [.file(path: "\(place.folder)/server.crt", format: .pem)],
            privateKey: .file(path: "\(place.folder)/server.key", format: .pem)
        ) { config in
            config.trustRoots = .certificates([.file(path: "\(place.folder)/ca.crt", format: .pem)])
        }
    }

    private static func check(_ path: String) throws(PluginFailure) {
        guard access(path, R_OK) == 0 else {
            let number = errno
            throw PluginFailure(
                code: number,
                message: "\(path): \(String(cString: strerror(number))): put it there, or correct tlsCertPath")
        }
    }
}
