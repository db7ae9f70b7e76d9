// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Testing

/// The built plugin, found beside the test bundle and loaded as the daemon loads it.
struct FeederLibrary {
    typealias Entry =
        @convention(c) (
            UnsafePointer<kubearmor_offer>?, UnsafeMutablePointer<kubearmor_answer>?, UnsafeMutablePointer<CChar>?,
            UInt64
        ) -> Int32

    let entry: Entry

    init(_ name: String = "file") throws {
        let bundle = CommandLine.arguments[0]
        let folder = bundle.lastIndex(of: "/").map { String(bundle[..<$0]) } ?? "."
        let path = "\(folder)/libkubearmor-feeder-\(name).so"
        let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)
        let library = try #require(handle, "\(path): \(dlerror().map { String(cString: $0) } ?? "not loaded")")
        let symbol = try #require(dlsym(library, KUBEARMOR_ENTRY_SYMBOL))
        entry = unsafeBitCast(symbol, to: Entry.self)
    }

    /// What the entry answers to an offer of this major; the result and the answer.
    func negotiate(
        major: UInt16 = UInt16(KUBEARMOR_ABI_MAJOR), host: UnsafePointer<kubearmor_host>?
    ) -> (result: Int32, answer: kubearmor_answer, error: String) {
        var offer = kubearmor_offer()
        offer.struct_size = UInt32(MemoryLayout<kubearmor_offer>.size)
        offer.abi_major = major
        offer.host = host
        var answer = kubearmor_answer()
        answer.struct_size = UInt32(MemoryLayout<kubearmor_answer>.size)
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let result = entry(&offer, &answer, &error, UInt64(error.count))
        return (result, answer, text(of: error))
    }

    /// The feeder's table.
    func table(host: UnsafePointer<kubearmor_host>) throws -> kubearmor_feeder {
        let (result, answer, error) = negotiate(host: host)
        try #require(result == 0, "\(error)")
        return try #require(answer.table).load(as: kubearmor_feeder.self)
    }
}

/// The text before the NUL.
func text(of characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
