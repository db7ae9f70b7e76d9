// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// A source in use. All methods may be called from any thread; `run`, `stop` and `statistics` go on alongside the
/// others. Each throws `CALL_FAILED` with the plugin's text, `ENTRY_ABSENT` or `CLOSED`.
public final class SourcePlugin: Sendable {
    private let instance: PluginInstance
    public let name: String
    /// Words such as `report.container`, as its probe declared them.
    public let capabilities: Set<String>
    /// How it works on this node, as its probe said.
    public let mode: String

    init(_ instance: PluginInstance) {
        self.instance = instance
        name = instance.name
        capabilities = instance.capabilities
        mode = instance.mode
    }

    private var table: kubearmor_source {
        instance.table.pointer.load(as: kubearmor_source.self)
    }

    private static let errorSize = UInt64(KUBEARMOR_ERROR_SIZE)

    /// Reports through `PluginServices` until `stop` is called, on the calling thread and on others of its own.
    public func run() throws(PluginError) {
        try instance.call("run", alongside: true) { table.run?($0, $1, Self.errorSize) }
    }

    /// Has `run` return.
    public func stop() throws(PluginError) {
        try instance.call("stop", alongside: true) { table.stop?($0, $1, Self.errorSize) }
    }

    /// Tells the runtime that holds a container whether its rule set is in force: 0, or a negative errno.
    public func prepare(_ id: String, status: Int32, milliseconds: Int32) throws(PluginError) {
        try instance.call("prepare", alongside: true) { handle, error in
            table.prepare?(handle, id, status, milliseconds, error, Self.errorSize)
        }
    }

    /// The plugin's own numbers.
    public func statistics() throws(PluginError) -> [(name: String, value: UInt64)] {
        try instance.numbers { table.stats?($0, $1, $2, $3, $4, Self.errorSize) }
    }

    /// The calls made so far, an element for each entry that the plugin has.
    public var calls: [EntryStatistics] { instance.statistics }

    /// Ends it, after the calls under way.
    public func close() throws(PluginError) {
        try instance.close { table.close?($0, $1, Self.errorSize) }
    }
}
