// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Testing

@Suite struct SignatureTests {
    @Test("The signatures cover every table without a gap, each ends with the error buffer")
    func complete() {
        var count: UInt64 = 0
        let list = UnsafeBufferPointer(start: kubearmor_signature_list(&count), count: Int(count))
        let sizes = [
            MemoryLayout<kubearmor_enforcer>.size, MemoryLayout<kubearmor_monitor>.size,
            MemoryLayout<kubearmor_feeder>.size, MemoryLayout<kubearmor_source>.size,
        ]
        for (index, size) in sizes.enumerated() {
            let offsets = list.filter { $0.kind == UInt32(index + 1) }.map { Int($0.offset) }
            #expect(offsets == Array(stride(from: 8, to: size, by: 8)))
        }
        for signature in list {
            #expect(String(cString: signature.arguments).hasSuffix("Ee"), "\(String(cString: signature.entry))")
        }
    }

    @Test("Swift sees the sizes that the header asserts")
    func sizes() {
        #expect(MemoryLayout<kubearmor_plugin_note>.size == 368)
        #expect(MemoryLayout<kubearmor_host>.size == 128)
        #expect(MemoryLayout<kubearmor_answer>.size == 32)
        #expect(MemoryLayout<kubearmor_probe>.size == 1608)
        #expect(MemoryLayout<kubearmor_event>.size == 264)
        #expect(MemoryLayout<kubearmor_record>.size == 712)
        #expect(MemoryLayout<kubearmor_rule_set>.size == 96)
        #expect(MemoryLayout<kubearmor_workload>.size == 152)
    }
}
