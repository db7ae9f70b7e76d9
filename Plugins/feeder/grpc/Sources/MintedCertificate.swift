// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import SwiftASN1
internal import X509

/// A server's certificate that an authority's key has made, for every name and address of this machine. Its key is in
/// memory alone.
struct MintedCertificate {
    let certificate: [UInt8]
    let key: [UInt8]

    /// PEM in, PEM out. Valid as long as the authority is.
    init(authority: [UInt8], authorityKey: [UInt8]) throws {
        let issuer = try Certificate(pemEncoded: String(decoding: authority, as: UTF8.self))
        let issuerKey = try Certificate.PrivateKey(pemEncoded: String(decoding: authorityKey, as: UTF8.self))
        let key = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
            // Clocks of clients may be late.
            notValidBefore: Date(timeIntervalSinceNow: -3600), notValidAfter: issuer.notValidAfter,
            issuer: issuer.subject,
            subject: try DistinguishedName {
                CommonName("kubearmor")
                OrganizationName("kubearmor")
            },
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(Self.names())
            }, issuerPrivateKey: issuerKey)
        self.certificate = Array(try certificate.serializeAsPEM().pemString.utf8)
        self.key = Array(key.pemRepresentation.utf8)
    }

    private static func names() -> [GeneralName] {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return ["localhost", "kubearmor", name].filter { !$0.isEmpty }.map(GeneralName.dnsName)
            + addresses().map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
    }

    /// Of all interfaces; addresses of one link are left out.
    private static func addresses() -> [[UInt8]] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<[UInt8]> = [[127, 0, 0, 1]]
        var entry = list
        while let interface = entry {
            entry = interface.pointee.ifa_next
            guard let address = interface.pointee.ifa_addr else { continue }
            let bytes = UnsafeRawPointer(address)
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                found.insert(withUnsafeBytes(of: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) })
            case AF_INET6:
                let six = withUnsafeBytes(of: bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
                if !(six[0] == 0xfe && six[1] & 0xc0 == 0x80) { found.insert(six) }
            default: break
            }
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
