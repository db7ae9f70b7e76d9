// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

extension PluginLibrary {
    /// What a plugin's probe found.
    struct Finding {
        let isUsable: Bool
        let reason: String
        let mode: String
        let capabilities: [String]
    }

    private typealias Probe =
        @convention(c) (
            UnsafePointer<kubearmor_host>?, UnsafeMutablePointer<kubearmor_probe>?, UnsafeMutablePointer<CChar>?, UInt64
        ) -> Int32

    /// Calls the probe, which all kinds have in the same shape. Throws `PROBE_FAILED`.
    func probe(plugin: String) throws(PluginError) -> Finding {
        guard let address = table.function("probe") else {
            throw PluginError(.entryMissing, "the mandatory entry probe of \(plugin) is NULL")
        }
        var result = kubearmor_probe()
        result.struct_size = UInt32(MemoryLayout<kubearmor_probe>.size)
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let status = unsafeBitCast(address, to: Probe.self)(host.pointer, &result, &error, UInt64(error.count))
        guard status >= 0 else {
            let text = error.withUnsafeBytes { SystemText.bounded($0) }
            throw PluginError(.probeFailed, text.isEmpty ? SystemText.error(status) : text)
        }
        let words = withUnsafeBytes(of: result.capabilities) { SystemText.bounded($0) }
        return Finding(
            isUsable: result.usable != 0, reason: withUnsafeBytes(of: result.reason) { SystemText.bounded($0) },
            mode: withUnsafeBytes(of: result.mode) { SystemText.bounded($0) },
            capabilities: words.split(separator: " ").map(String.init))
    }
}
