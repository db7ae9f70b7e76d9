// SPDX-License-Identifier: Apache-2.0
import Plugins

/// A source plugin as the daemon sees it.
final class SourceAdapter: SourceControl {
    private let plugin: SourcePlugin

    init(_ plugin: SourcePlugin) { self.plugin = plugin }

    var name: String { plugin.name }

    func run() throws { try plugin.run() }

    func stop() throws { try plugin.stop() }

    func close() throws { try plugin.close() }
}
