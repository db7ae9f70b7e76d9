// SPDX-License-Identifier: Apache-2.0

/// Which of the probed plugins a daemon would use.
public enum PluginSelection {
    /// The reports of a running daemon, which loads what it uses and no more, with what the others would do here.
    ///
    /// - Parameter probe: the report of a file that is probed now
    public static func completed(_ reports: [PluginReport], probe: (String) -> PluginReport) -> [PluginReport] {
        let chosen = reports.first { $0.kind == .enforcer && $0.status == .active }?.name
        return reports.map { report in
            guard report.code == PluginCode.notProbed.rawValue else { return report }
            var found = probe(report.file)
            guard found.status == .ready else { return found }
            if found.kind == .enforcer, let chosen {
                found.set(.notChosen, reason: "usable; \(chosen) was chosen")
            } else {
                found.set(.ok, reason: "usable; not named in the configuration")
            }
            return found
        }
    }

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
