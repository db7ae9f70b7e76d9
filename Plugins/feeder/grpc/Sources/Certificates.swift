// SPDX-License-Identifier: Apache-2.0
internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import NIOSSL
internal import PluginKit

/// The certificates of mutual TLS, in files that are named as KubeArmor's: `ca.crt`, and `ca.key` or `server.crt` and
/// `server.key`.
enum Certificates {
    /// Where they are.
    struct Place: Hashable, Sendable {
        let folder: String
        /// The server's is made with the authority's key at every start.
        let areMinted: Bool
    }

    /// Clients need a certificate of the authority, too.
    static func security(_ place: Place) throws(PluginFailure) -> HTTP2ServerTransport.Posix.TransportSecurity {
        let authority = try read(place, "ca.crt")
        let (certificate, key): ([UInt8], [UInt8])
        if place.areMinted {
            let authorityKey = try read(place, "ca.key")
            do {
                let minted = try MintedCertificate(authority: authority, authorityKey: authorityKey)
                (certificate, key) = (minted.certificate, minted.key)
            } catch {
                throw PluginFailure(
                    code: EINVAL,
                    message: "\(place.folder)/ca.key makes no certificate: \(error): put an authority and its key "
                        + "there (PEM), or set tlsCertProvider to external")
            }
        } else {
            (certificate, key) = (try read(place, "server.crt"), try read(place, "server.key"))
        }
        try check(authority, certificate, key, place)
        return .mTLS(
            certificateChain: [.bytes(certificate, format: .pem)], privateKey: .bytes(key, format: .pem)
        ) { config in
            config.trustRoots = .certificates([.bytes(authority, format: .pem)])
        }
    }

    /// What a listener would find out, before there is one.
    private static func check(
        _ authority: [UInt8], _ certificate: [UInt8], _ key: [UInt8], _ place: Place
    ) throws(PluginFailure) {
        do {
            let configuration = TLSConfiguration.makeServerConfigurationWithMTLS(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem)),
                trustRoots: .certificates(try NIOSSLCertificate.fromPEMBytes(authority)))
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw PluginFailure(
                code: EINVAL,
                message: "\(place.folder): \(error): put certificates (PEM) there that belong together, with the "
                    + "server's key")
        }
    }

    private static func read(_ place: Place, _ name: String) throws(PluginFailure) -> [UInt8] {
        let path = "\(place.folder)/\(name)"
        guard let file = fopen(path, "re") else {
            let number = errno
            throw PluginFailure(
                code: number,
                message: "\(path): \(String(cString: strerror(number))): put it there, or correct tlsCertPath and "
                    + "tlsCertProvider")
        }
        defer { fclose(file) }
        // No certificate of sane size is larger.
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}
