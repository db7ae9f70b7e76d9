// SPDX-License-Identifier: Apache-2.0
import Plugins

/// A source plugin as the daemon sees it.
final class SourceAdapter: SourceControl {
    /// The thread of the watch waits for it, which has more to do.
    private static let prepareMilliseconds: Int32 = 100

    private let plugin: SourcePlugin

    init(_ plugin: SourcePlugin) { self.plugin = plugin }

    var name: String { plugin.name }

    func run() throws { try plugin.run() }

    func stop() throws { try plugin.stop() }

    var canPrepare: Bool { plugin.capabilities.contains("prepare") }

    func prepare(_ id: String, status: Int32) throws {
        try plugin.prepare(id, status: status, milliseconds: Self.prepareMilliseconds)
    }

    func statistics() throws -> [(name: String, value: UInt64)] { try plugin.statistics() }

    func close() throws { try plugin.close() }
}
