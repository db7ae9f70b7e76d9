// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import Glibc
internal import PluginKit

/// What is served, for all listeners.
struct Services {
    let hub: SubscriberHub
    let daemon: DaemonLink
    let health: HealthService
    private let reflection: ReflectionService
    private let state: StateAgent?
    private let takesPoliciesFromAnybody: Bool

    init(settings: FeederSettings, host: Host) throws(PluginFailure) {
        var names = [
            Feeder_LogService.descriptor, Policy_PolicyService.descriptor, Policy_ProbeService.descriptor,
            Grpc_Health_V1_Health.descriptor, Grpc_Reflection_V1_ServerReflection.descriptor,
            Grpc_Reflection_V1alpha_ServerReflection.descriptor,
        ].map(\.fullyQualifiedService)
        if settings.servesState { names.append(StateAgent_StateAgent.descriptor.fullyQualifiedService) }
        do {
            reflection = try ReflectionService(services: names)
        } catch {
            throw PluginFailure(code: EINVAL, message: "the plugin's descriptors are broken: \(error)")
        }
        hub = SubscriberHub(capacity: settings.queueLength)
        daemon = DaemonLink(host: host)
        health = HealthService(services: Set(names + [""]))
        state = settings.servesState ? StateAgent(daemon: daemon) : nil
        takesPoliciesFromAnybody = settings.takesPoliciesFromAnybody
    }

    func all(for peer: Admission.Peer) -> [any RegistrableRPCService] {
        let services: [any RegistrableRPCService] = [
            LogService(hub: hub), health, reflection, ProbeService(daemon: daemon),
            PolicyService(daemon: daemon, peer: peer, takesFromAnybody: takesPoliciesFromAnybody),
        ]
        return services + (state.map { [$0] } ?? [])
    }
}
