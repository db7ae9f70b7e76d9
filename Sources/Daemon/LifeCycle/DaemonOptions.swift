// SPDX-License-Identifier: Apache-2.0

/// What the command line says beside the configuration.
public struct DaemonOptions: Sendable {
    public var source: ConfigurationSource
    /// The program's version, KubeArmorVersion in alerts.
    public var version: String
    public var environment: [String: String]
    /// Writes the table of plugins somewhere once they are chosen; nil to leave it.
    public var showPlugins: (@Sendable (String) -> Void)?

    public init(
        source: ConfigurationSource, version: String, environment: [String: String],
        showPlugins: (@Sendable (String) -> Void)? = nil
    ) {
        self.source = source
        self.version = version
        self.environment = environment
        self.showPlugins = showPlugins
    }
}
