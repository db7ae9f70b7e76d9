// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import PluginKit

/// Serves KubeArmor's gRPC API: on TCP, on a Unix socket, and its health on a port of its own.
final class GRPCFeeder: FeederImplementation {
    private let host: Host
    private let settings: FeederSettings
    private let hub: SubscriberHub
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
        self.host = host
        settings = try FeederSettings(host: host)
        hub = SubscriberHub(capacity: settings.queueLength)
        let security = try settings.tls.map(Certificates.security) ?? .plaintext
        var plans: [ServerSet.Plan] = []
        do throws(PluginFailure) {
            let tcp = try ListeningSocket.tcp(address: settings.address, port: settings.port, setting: "gRPC")
            host.metric("port", Int64(ListeningSocket.port(of: tcp)))
            plans.append(
                try Self.plan(
                    tcp, "port \(ListeningSocket.port(of: tcp))", settings.tls == nil ? .unknown : .certified,
                    security, hub: hub))
            if settings.healthPort != 0 {
                let health = try ListeningSocket.tcp(
                    address: settings.address, port: settings.healthPort, setting: "gRPCHealthPort")
                plans.append(
                    ServerSet.Plan(
                        descriptor: health, name: "port \(settings.healthPort)", peer: .unknown, security: .plaintext,
                        services: [HealthService(services: Self.healthNames)]))
            }
            if let path = settings.socket {
                plans.append(
                    try Self.plan(try ListeningSocket.unix(path: path), path, .local, .plaintext, hub: hub))
            }
        } catch {
            for plan in plans { Glibc.close(plan.descriptor) }
            throw error
        }
        let names = plans.map(\.name).joined(separator: ", ")
        servers = try ServerSet(plans)
        host.log(.info, "listens on \(names) (\(settings.tls == nil ? "no TLS" : "mutual TLS"))")
    }

    private static let serviceNames = [
        "feeder.LogService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ]

    private static let healthNames = Set(serviceNames + [""])

    private static func plan(
        _ descriptor: Int32, _ name: String, _ peer: Admission.Peer,
        _ security: HTTP2ServerTransport.Posix.TransportSecurity, hub: SubscriberHub
    ) throws(PluginFailure) -> ServerSet.Plan {
        do {
            let services: [any RegistrableRPCService] = [
                LogService(hub: hub), HealthService(services: healthNames),
                try ReflectionService(services: serviceNames),
            ]
            return ServerSet.Plan(
                descriptor: descriptor, name: name, peer: peer, security: security, services: services)
        } catch {
            Glibc.close(descriptor)
            throw PluginFailure(code: EINVAL, message: "the plugin's descriptors are broken: \(error)")
        }
    }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int { hub.publish(records) }

    /// Nothing is held back: what waits is sent as fast as each subscriber reads.
    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {}

    func reopen() throws(PluginFailure) {}

    func statistics() -> [Statistic] { hub.statistics() }

    func close() throws(PluginFailure) {
        hub.close()
        servers.stop()
        if let path = settings.socket { unlink(path) }
    }
}
