// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// A monitor in use. All methods may be called from any thread; all but `poll` and `statistics` wait for each other.
/// Each throws `CALL_FAILED` with the plugin's text, `ENTRY_ABSENT` or `CLOSED`.
public final class MonitorPlugin: Sendable {
    private let instance: PluginInstance
    public let name: String
    /// Words such as `observe.exec`, as its probe declared them.
    public let capabilities: Set<String>
    /// How it works on this node, as its probe said.
    public let mode: String

    init(_ instance: PluginInstance) {
        self.instance = instance
        name = instance.name
        capabilities = instance.capabilities
        mode = instance.mode
    }

    private var table: kubearmor_monitor {
        instance.table.pointer.load(as: kubearmor_monitor.self)
    }

    private static let errorSize = UInt64(KUBEARMOR_ERROR_SIZE)

    /// Sets the classes (a set of `1 << KUBEARMOR_CLASS_…`) to report of the workload; 0 ends it.
    public func watch(workload: UInt64, classes: UInt32) throws(PluginError) {
        try instance.call("watch") { table.watch?($0, workload, classes, $1, Self.errorSize) }
    }

    /// Whether it can report system calls by name.
    public var hasSyscalls: Bool { instance.table.has("watch_syscalls") }

    /// Sets the system calls to report of the workload by name, in the class SYSCALL.
    ///
    /// - Returns: how many of the names this kernel does not know
    @discardableResult
    public func watchSyscalls(workload: UInt64, names: [String]) throws(PluginError) -> Int {
        var texts: [UInt8] = []
        for name in names { texts += name.utf8 }
        return try instance.call("watch_syscalls") { handle, error in
            texts.withUnsafeBufferPointer { bytes in
                var begin = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
                let strings = names.map { name in
                    defer { begin = begin.map { $0 + name.utf8.count } }
                    return kubearmor_string(data: begin, length: UInt64(name.utf8.count))
                }
                return table.watch_syscalls?(
                    handle, workload, strings, UInt64(strings.count), error, Self.errorSize)
            }
        }
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

    /// Waits for observations, which arrive through `PluginServices.emit` on this thread; returns how many.
    public func poll(timeoutMilliseconds: Int32) throws(PluginError) -> Int {
        try instance.call("poll", alongside: true) { table.poll?($0, timeoutMilliseconds, $1, Self.errorSize) }
    }

    /// The plugin's own numbers: seen, delivered, `dropped.<reason>`.
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
