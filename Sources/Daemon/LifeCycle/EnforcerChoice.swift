// SPDX-License-Identifier: Apache-2.0
import Logging
import Plugins

/// Chooses the enforcer as the configuration asks, and says plainly when nothing will be blocked.
struct EnforcerChoice {
    /// The enforcer that observes and blocks nothing: always usable.
    static let noneName = "noop"

    let configuration: Configuration
    let registry: PluginRegistry
    let logger: Logger

    func open() throws(StartError) -> EnforcerAdapter {
        let plugin: EnforcerPlugin
        do {
            plugin = try registry.selectEnforcer(
                order: configuration.enforcerOrder, required: configuration.requiredEnforcer)
        } catch {
            throw StartError(
                .enforcerNotUsable,
                "\(error): `kubearmor plugins list` shows what works here; enforcer: auto starts without")
        }
        let enforcer = EnforcerAdapter(plugin)
        if plugin.name == Self.noneName, configuration.requiredEnforcer != Self.noneName {
            try refuseOrWarn(enforcer)
        } else {
            logger.info("enforcer \(plugin.name)")
        }
        return enforcer
    }

    private func refuseOrWarn(_ enforcer: EnforcerAdapter) throws(StartError) {
        let reasons = registry.reports()
            .filter { $0.kind == .enforcer && configuration.enforcerOrder.contains($0.name) && !$0.reason.isEmpty }
            .map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
        let text = "no enforcer works on this node (\(reasons.isEmpty ? "none is installed" : reasons))"
        guard configuration.requiresBlocking else {
            logger.warning("NOTHING IS BLOCKED: \(text). Rules are audited only; `kubearmor plugins list` shows more")
            return
        }
        do {
            try enforcer.close(keep: true)
        } catch {
            logger.error("enforcer \(enforcer.name) cannot close: \(error)")
        }
        throw StartError(.enforcerNotUsable, "\(text): set required: false to start without")
    }
}
