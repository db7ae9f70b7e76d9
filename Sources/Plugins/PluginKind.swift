// SPDX-License-Identifier: Apache-2.0

/// The four kinds of plugins; the raw values are `KUBEARMOR_KIND_…` of plugin.h.
public enum PluginKind: UInt32, Sendable, Hashable, CaseIterable {
    case enforcer = 1
    case monitor = 2
    case feeder = 3
    case source = 4

    /// The word in file names and in output.
    public var name: String {
        switch self {
        case .enforcer: "enforcer"
        case .monitor: "monitor"
        case .feeder: "feeder"
        case .source: "source"
        }
    }

    /// The kind with this name, nil when there is none.
    public init?(name: some StringProtocol) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}
