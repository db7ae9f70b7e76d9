// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// The enforcer in use. All methods may be called from any thread; all but `poll` and `statistics` wait for each other.
/// Each throws `CALL_FAILED` with the plugin's text, `ENTRY_ABSENT` or `CLOSED`.
public final class EnforcerPlugin: Sendable {
    private let instance: PluginInstance
    public let name: String
    /// The field `Enforcer` of alerts.
    public let displayName: String
    /// Words such as `file.path`, as its probe declared them.
    public let capabilities: Set<String>
    /// How it works on this node, as its probe said.
    public let mode: String
    /// What it says of rule sets without acting on them.
    public let preview: EnforcerPreview

    init(_ instance: PluginInstance) {
        self.instance = instance
        name = instance.name
        capabilities = instance.capabilities
        mode = instance.mode
        preview = EnforcerPreview(name: instance.name, table: instance.table)
        displayName = Self.displayName(of: instance.name)
    }

    /// The names that KubeArmor's alerts use; other enforcers appear under their own.
    static func displayName(of name: String) -> String {
        ["bpflsm": "BPFLSM", "apparmor": "AppArmor", "selinux": "SELinux", "noop": "eBPF Monitor"][name] ?? name
    }

    // The closures below only read the table, which never changes.
    private var table: kubearmor_enforcer {
        instance.table.pointer.load(as: kubearmor_enforcer.self)
    }

    private static let errorSize = UInt64(KUBEARMOR_ERROR_SIZE)

    /// Replaces the workload's whole rule set in one step; when it throws, the old one stays in force. The set is read
    /// during the call only.
    public func apply(workload: UInt64, set: UnsafePointer<kubearmor_rule_set>, generation: UInt64) throws(PluginError)
    {
        try instance.call("apply") { table.apply?($0, workload, set, generation, $1, Self.errorSize) }
    }

    /// Says that the tasks of the binding belong to the workload.
    public func bind(workload: UInt64, binding: kubearmor_binding) throws(PluginError) {
        var binding = binding
        try instance.call("bind") { table.bind?($0, workload, &binding, $1, Self.errorSize) }
    }

    /// Takes a binding back.
    public func unbind(binding: kubearmor_binding) throws(PluginError) {
        var binding = binding
        try instance.call("unbind") { table.unbind?($0, &binding, $1, Self.errorSize) }
    }

    /// Removes the workload's rule set and bindings; nothing happens when it has none.
    public func remove(workload: UInt64) throws(PluginError) {
        try instance.call("remove") { table.remove?($0, workload, $1, Self.errorSize) }
    }

    /// What is in force.
    public func snapshot() throws(PluginError) -> [kubearmor_snapshot] {
        var empty = kubearmor_snapshot()
        empty.struct_size = UInt32(MemoryLayout<kubearmor_snapshot>.size)
        return try instance.list("snapshot", alongside: false, of: empty) {
            table.snapshot?($0, $1, $2, $3, $4, Self.errorSize)
        }
    }

    /// What of the workload its rules do not reach, a sentence each; empty when it cannot say.
    public func remarks(workload: UInt64) throws(PluginError) -> [String] {
        guard instance.table.has("remarks") else { return [] }
        let bytes = try instance.list("remarks", alongside: false, of: CChar(0)) {
            table.remarks?($0, workload, $1, $2, $3, $4, Self.errorSize)
        }
        return String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// Waits for decisions, which arrive through `PluginServices.emit` on this thread; returns how many.
    public func poll(timeoutMilliseconds: Int32) throws(PluginError) -> Int {
        try instance.call("poll", alongside: true) { table.poll?($0, timeoutMilliseconds, $1, Self.errorSize) }
    }

    /// The plugin's own numbers; empty when it has none or cannot say.
    public func statistics() throws(PluginError) -> [(name: String, value: UInt64)] {
        try instance.numbers { table.stats?($0, $1, $2, $3, $4, Self.errorSize) }
    }

    /// The calls made so far, an element for each entry that the plugin has.
    public var calls: [EntryStatistics] { instance.statistics }

    /// Ends it. With `keep`, what is in force stays in the kernel for the next process.
    public func close(keep: Bool) throws(PluginError) {
        try instance.close { table.close?($0, keep ? 1 : 0, $1, Self.errorSize) }
    }
}
