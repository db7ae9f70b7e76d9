// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// What an enforcer's library says about rule sets without being opened or probed: on any machine, for any user.
///
/// The entries behind it may be called from any thread, alongside all others. Each method throws `CALL_FAILED`.
public struct EnforcerPreview: Sendable {
    public let name: String
    private let table: PluginTable

    private static let errorSize = UInt64(KUBEARMOR_ERROR_SIZE)

    init(name: String, table: PluginTable) {
        self.name = name
        self.table = table
    }

    // Only reads the table, which never changes.
    private var entries: kubearmor_enforcer { table.pointer.load(as: kubearmor_enforcer.self) }

    /// How each rule of the set would be held where this enforcer works, in the order of the rules; nil for a plugin
    /// that cannot say (before ABI 1.1).
    public func holdings(of set: UnsafePointer<kubearmor_rule_set>) throws(PluginError) -> [RuleHolding]? {
        guard let examine = entries.examine else { return nil }
        var empty = kubearmor_holding()
        empty.struct_size = UInt32(MemoryLayout<kubearmor_holding>.size)
        let capacity = Int(clamping: set.pointee.rule_count)
        var found = [kubearmor_holding](repeating: empty, count: max(1, capacity))
        var count: UInt64 = 0
        try call("examine") { error in
            found.withUnsafeMutableBufferPointer {
                examine(set, $0.baseAddress, UInt64($0.count), &count, error, Self.errorSize)
            }
        }
        guard count == UInt64(capacity) else {
            throw PluginError(
                .callFailed, "enforcer \(name): examine: it speaks of \(count) rules, the set has \(capacity)")
        }
        return found.prefix(capacity).map(RuleHolding.init)
    }

    /// What it would load for the set, in its own language; nil for a plugin that has no such form.
    public func rendering(of set: UnsafePointer<kubearmor_rule_set>) throws(PluginError) -> [UInt8]? {
        guard let render = entries.render else { return nil }
        return try text("render") { render(set, $0, $1, $2, $3, Self.errorSize) }
    }

    private typealias TextCall = (
        UnsafeMutablePointer<CChar>?, UInt64, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<CChar>?
    ) -> Int32

    /// Twice: for the length, then for the text.
    private func text(_ entry: String, _ body: TextCall) throws(PluginError) -> [UInt8] {
        var length: UInt64 = 0
        try call(entry) { body(nil, 0, &length, $0) }
        var bytes = [UInt8](repeating: 0, count: Int(clamping: length))
        guard !bytes.isEmpty else { return [] }
        try call(entry) { error in
            bytes.withUnsafeMutableBytes {
                body($0.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64($0.count), &length, error)
            }
        }
        return bytes
    }

    private func call(_ entry: String, _ body: (UnsafeMutablePointer<CChar>?) -> Int32) throws(PluginError) {
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let result = error.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        guard result < 0 else { return }
        let text = error.withUnsafeBytes { SystemText.bounded($0) }
        throw PluginError(
            .callFailed, "enforcer \(name): \(entry): \(text.isEmpty ? SystemText.error(result) : text)")
    }
}
