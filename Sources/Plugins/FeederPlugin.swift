// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// A feeder in use. All methods may be called from any thread; all but `statistics` wait for each other.
/// Each throws `CALL_FAILED` with the plugin's text, `ENTRY_ABSENT` or `CLOSED`.
public final class FeederPlugin: Sendable {
    private let instance: PluginInstance
    public let name: String
    /// Words such as `publish.alert`, as its probe declared them.
    public let capabilities: Set<String>
    /// How it works on this node, as its probe said.
    public let mode: String

    init(_ instance: PluginInstance) {
        self.instance = instance
        name = instance.name
        capabilities = instance.capabilities
        mode = instance.mode
    }

    private var table: kubearmor_feeder {
        instance.table.pointer.load(as: kubearmor_feeder.self)
    }

    private static let errorSize = UInt64(KUBEARMOR_ERROR_SIZE)

    /// Hands records over and returns how many were accepted. The records are read during the call only. May block for
    /// as long as the sink does.
    @discardableResult
    public func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws(PluginError) -> Int {
        try instance.call("publish") { table.publish?($0, records, UInt64(max(0, count)), $1, Self.errorSize) }
    }

    /// Has it write out what it holds; a feeder that holds nothing back needs no such entry.
    public func flush(deadlineMilliseconds: Int32) throws(PluginError) {
        guard instance.table.has("flush") else { return }
        try instance.call("flush") { table.flush?($0, deadlineMilliseconds, $1, Self.errorSize) }
    }

    /// Has it open its sinks anew; a feeder without sinks needs no such entry.
    public func reopen() throws(PluginError) {
        guard instance.table.has("reopen") else { return }
        try instance.call("reopen") { table.reopen?($0, $1, Self.errorSize) }
    }

    /// The plugin's own numbers: accepted, delivered, `dropped.<reason>`.
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
