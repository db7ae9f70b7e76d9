// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Testing

@Suite("The noop enforcer")
struct NoopEnforcerTests {
    /// A host without services. Never freed: the contract has its table live until the process ends.
    nonisolated(unsafe) private static let host: UnsafePointer<kubearmor_host> = {
        let services = UnsafeMutablePointer<kubearmor_host>.allocate(capacity: 1)
        services.initialize(to: kubearmor_host())
        services.pointee.struct_size = UInt32(MemoryLayout<kubearmor_host>.size)
        return UnsafePointer(services)
    }()

    private let host: UnsafePointer<kubearmor_host>
    private let table: kubearmor_enforcer

    /// Loads the built plugin beside the test bundle, as the daemon does.
    init() throws {
        let bundle = CommandLine.arguments[0]
        let folder = bundle.lastIndex(of: "/").map { String(bundle[..<$0]) } ?? "."
        let path = "\(folder)/libkubearmor-enforcer-noop.so"
        let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)
        let library = try #require(handle, "\(path) is not built")
        let symbol = try #require(dlsym(library, KUBEARMOR_ENTRY_SYMBOL))
        typealias Entry =
            @convention(c) (
                UnsafePointer<kubearmor_offer>?, UnsafeMutablePointer<kubearmor_answer>?,
                UnsafeMutablePointer<CChar>?, UInt64
            ) -> Int32
        host = Self.host
        var offer = kubearmor_offer()
        offer.struct_size = UInt32(MemoryLayout<kubearmor_offer>.size)
        offer.abi_major = UInt16(KUBEARMOR_ABI_MAJOR)
        offer.host = host
        var answer = kubearmor_answer()
        answer.struct_size = UInt32(MemoryLayout<kubearmor_answer>.size)
        try #require(unsafeBitCast(symbol, to: Entry.self)(&offer, &answer, nil, 0) == 0)
        try #require(answer.kind == KUBEARMOR_KIND_ENFORCER)
        table = try #require(answer.table).load(as: kubearmor_enforcer.self)
    }

    private func open() throws -> UnsafeMutableRawPointer {
        var reference: UnsafeMutableRawPointer?
        #expect(table.open?(host, &reference, nil, 0) == 0)
        return try #require(reference)
    }

    private func apply(_ reference: UnsafeMutableRawPointer, workload: UInt64, generation: UInt64) -> Int32? {
        var set = kubearmor_rule_set()
        set.struct_size = UInt32(MemoryLayout<kubearmor_rule_set>.size)
        set.classes = 3
        set.digest = workload * 100
        return table.apply?(reference, workload, &set, generation, nil, 0)
    }

    private func snapshot(_ reference: UnsafeMutableRawPointer) throws -> [kubearmor_snapshot] {
        var entries = [kubearmor_snapshot](repeating: kubearmor_snapshot(), count: 8)
        entries[0].struct_size = UInt32(MemoryLayout<kubearmor_snapshot>.size)
        var count: UInt64 = 0
        try #require(table.snapshot?(reference, &entries, 8, &count, nil, 0) == 0)
        return Array(entries.prefix(Int(count)))
    }

    @Test("The probe says that nothing is blocked and declares nothing")
    func probes() {
        var result = kubearmor_probe()
        result.struct_size = UInt32(MemoryLayout<kubearmor_probe>.size)
        #expect(table.probe?(host, &result, nil, 0) == 0)
        #expect(result.usable == 1)
        #expect(result.capabilities.0 == 0)
        let reason = withUnsafeBytes(of: result.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(reason == "nothing is blocked; Audit works through monitors")
    }

    @Test("A snapshot shows the last rule set of each workload until it is removed")
    func remembers() throws {
        let reference = try open()
        #expect(apply(reference, workload: 2, generation: 1) == 0)
        #expect(apply(reference, workload: 1, generation: 2) == 0)
        #expect(apply(reference, workload: 2, generation: 3) == 0)
        let entries = try snapshot(reference)
        #expect(entries.map(\.workload) == [1, 2])
        #expect(entries.map(\.generation) == [2, 3])
        #expect(entries.map(\.digest) == [100, 200])
        #expect(table.remove?(reference, 1, nil, 0) == 0)
        #expect(table.remove?(reference, 1, nil, 0) == 0)
        #expect(try snapshot(reference).map(\.workload) == [2])
        #expect(table.close?(reference, 0, nil, 0) == 0)
    }

    @Test("Bindings are taken, moved and ended", arguments: 1...4 as ClosedRange<UInt32>)
    func bindings(type: UInt32) throws {
        let reference = try open()
        var binding = kubearmor_binding()
        binding.struct_size = UInt32(MemoryLayout<kubearmor_binding>.size)
        binding.type = type
        binding.number = 1
        #expect(table.bind?(reference, 1, &binding, nil, 0) == 0)
        #expect(table.bind?(reference, 2, &binding, nil, 0) == 0)
        #expect(table.unbind?(reference, &binding, nil, 0) == 0)
        #expect(table.unbind?(reference, &binding, nil, 0) == 0)
        #expect(table.close?(reference, 1, nil, 0) == 0)
    }

    @Test("Arguments that mean nothing are refused")
    func refusals() throws {
        let reference = try open()
        var binding = kubearmor_binding()
        binding.struct_size = UInt32(MemoryLayout<kubearmor_binding>.size)
        binding.type = 99
        #expect(table.bind?(reference, 1, &binding, nil, 0) == -EOPNOTSUPP)
        #expect(apply(reference, workload: 0, generation: 1) == -EINVAL)
        #expect(table.apply?(reference, 1, nil, 1, nil, 0) == -EINVAL)
        #expect(table.apply?(nil, 1, nil, 1, nil, 0) == -EINVAL)
        #expect(table.remove?(nil, 1, nil, 0) == -EINVAL)
        #expect(table.close?(nil, 0, nil, 0) == -EINVAL)
        #expect(table.poll == nil)
        #expect(table.close?(reference, 0, nil, 0) == 0)
    }
}
