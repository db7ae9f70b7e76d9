// SPDX-License-Identifier: Apache-2.0

/// Which of the probed plugins a daemon would use.
public enum PluginSelection {
    /// Marks as `active` what a daemon that starts now would open: the first usable enforcer of `order`, else `noop`,
    /// and all usable monitors, feeders and sources.
    public static func preview(_ reports: [PluginReport], order: [String] = PluginRegistry.defaultEnforcerOrder)
        -> [PluginReport]
    {
        let names = order.filter { $0 != PluginRegistry.lastResort } + [PluginRegistry.lastResort]
        let usable = reports.filter { $0.kind == .enforcer && $0.status == .ready }.map(\.name)
        let chosen = names.first(where: usable.contains)
        return reports.map { report in
            var report = report
            guard report.status == .ready else { return report }
            if report.kind != .enforcer || report.name == chosen {
                report.status = .active
            } else {
                report.set(.notChosen, reason: chosen.map { "usable; \($0) comes first" } ?? "usable; not in the order")
            }
            return report
        }
    }
}
