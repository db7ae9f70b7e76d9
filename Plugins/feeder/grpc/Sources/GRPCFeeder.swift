// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import PluginKit

/// Serves KubeArmor's gRPC API: on TCP, on a Unix socket, and its health on a port of its own.
final class GRPCFeeder: FeederImplementation {
    private let settings: FeederSettings
    private let services: Services
    private let servers: ServerSet

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        do {
            let settings = try FeederSettings(host: host)
            if let tls = settings.tls { _ = try Certificates.security(tls) }
            return ProbeResult(
                usable: true, mode: settings.mode, capabilities: ["publish.alert", "publish.log", "publish.message"])
        } catch {
            return ProbeResult(usable: false, reason: error.message)
        }
    }

    init(host: Host) throws(PluginFailure) {
        settings = try FeederSettings(host: host)
        let security = try settings.tls.map(Certificates.security) ?? .plaintext
        services = try Services(settings: settings, host: host)
        var plans: [ServerSet.Plan] = []
        do throws(PluginFailure) {
            let tcp = try ListeningSocket.tcp(address: settings.address, port: settings.port, setting: "gRPC")
            let port = ListeningSocket.port(of: tcp)
            host.metric("port", Int64(port))
            let peer: Admission.Peer = settings.tls == nil ? .unknown : .certified
            plans.append(
                ServerSet.Plan(
                    descriptor: tcp, name: "port \(port)", peer: peer, security: security,
                    services: services.all(for: peer)))
            if settings.healthPort != 0 {
                let health = try ListeningSocket.tcp(
                    address: settings.address, port: settings.healthPort, setting: "gRPCHealthPort")
                plans.append(
                    ServerSet.Plan(
                        descriptor: health, name: "port \(settings.healthPort)", peer: .unknown, security: .plaintext,
                        services: [services.health]))
            }
            if let path = settings.socket {
                plans.append(
                    ServerSet.Plan(
                        descriptor: try ListeningSocket.unix(path: path), name: path, peer: .local,
                        security: .plaintext, services: services.all(for: .local)))
            }
        } catch {
            for plan in plans { Glibc.close(plan.descriptor) }
            services.daemon.close()
            throw error
        }
        let names = plans.map(\.name).joined(separator: ", ")
        do throws(PluginFailure) {
            servers = try ServerSet(plans)
        } catch {
            services.daemon.close()
            throw error
        }
        host.log(.info, "listens on \(names) (\(settings.tls == nil ? "no TLS" : "mutual TLS"))")
    }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int { services.hub.publish(records) }

    /// Nothing is held back: what waits is sent as fast as each subscriber reads.
    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {}

    /// Sockets stay, since clients are on them.
    func reopen() throws(PluginFailure) {}

    func statistics() -> [Statistic] { services.hub.statistics() }

    func close() throws(PluginFailure) {
        services.hub.close()
        servers.stop()
        services.daemon.close()
        if let path = settings.socket { unlink(path) }
    }
}
