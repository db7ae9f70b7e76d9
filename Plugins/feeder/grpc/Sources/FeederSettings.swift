// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// The daemon's settings that are this feeder's.
struct FeederSettings: Hashable {
    /// Of which address TCP connections are taken; empty for all.
    let address: String
    /// 0: any that is free.
    let port: UInt16
    /// 0: none.
    let healthPort: UInt16
    /// Path of the Unix socket, nil without one.
    let socket: String?
    /// Nil: TCP without TLS.
    let tls: Certificates.Place?
    /// Whether policies are taken from whoever can connect.
    let takesPoliciesFromAnybody: Bool
    let servesState: Bool
    let queueLength: Int

    init(host: Host) throws(PluginFailure) {
        func text(_ key: String, _ fallback: String = "") -> String {
            let value = host.setting(key) ?? ""
            return value.isEmpty ? fallback : value
        }
        func port(_ key: String, _ fallback: UInt16) throws(PluginFailure) -> UInt16 {
            guard let port = UInt16(text(key, "\(fallback)")) else {
                throw PluginFailure(code: EINVAL, message: "\(key): '\(text(key))' is no port: use 0 to 65535")
            }
            return port
        }
        address = text("gRPCAddress")
        self.port = try port("gRPC", 32767)
        healthPort = try port("gRPCHealthPort", 32766)
        let path = text("gRPCSocket", "\(text("runDir", "/run/kubearmor"))/grpc.sock")
        socket = path == "none" ? nil : path
        tls =
            text("tlsEnabled") == "true"
            ? Certificates.Place(
                folder: text("tlsCertPath", "/var/lib/kubearmor/tls"),
                areMinted: text("tlsCertProvider", "self") == "self") : nil
        takesPoliciesFromAnybody = text("gRPCPolicies", "authenticated") == "anybody"
        servesState = text("enableKubeArmorStateAgent") == "true"
        queueLength = max(1, Int(text("gRPCQueueLength", "8192")) ?? 8192)
    }

    /// As `plugins info` shows it.
    var mode: String { "port \(port), \(tls == nil ? "no TLS" : "mutual TLS")" }
}
