// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// A plugin's library in this process, negotiated with: its table and the services it was given. Never unloaded.
struct PluginLibrary: Sendable {
    let table: PluginTable
    let host: HostPointer
    let headerHash: UInt64
    /// Where the plugin's entry function is, for `kubearmor plugins verify`.
    let entryAddress: UInt

    /// The pointer is to memory that is constant for the life of the process.
    struct HostPointer: @unchecked Sendable {
        let pointer: UnsafePointer<kubearmor_host>
    }

    private typealias Entry =
        @convention(c) (
            UnsafePointer<kubearmor_offer>?, UnsafeMutablePointer<kubearmor_answer>?, UnsafeMutablePointer<CChar>?,
            UInt64
        ) -> Int32

    /// Loads the library by the descriptor that was checked and negotiates. Throws the code of what is wrong.
    ///
    /// The descriptor stays open for ever: the dynamic linker knows a library by the name it was opened with, so a
    /// second library under a reused /proc/self/fd number would be taken for the first.
    init(file: PluginFile, note: PluginNote, services: any PluginServices, counting: Bool = true)
        throws(PluginError)
    {
        guard let handle = dlopen("/proc/self/fd/\(file.descriptor)", RTLD_NOW | RTLD_LOCAL) else {
            throw Self.loadError(path: file.path)
        }
        _ = Unmanaged.passRetained(file)
        guard let symbol = dlsym(handle, KUBEARMOR_ENTRY_SYMBOL) else {
            throw PluginError(.entrySymbolMissing, "\(file.path) does not define \(KUBEARMOR_ENTRY_SYMBOL)")
        }
        let host = HostTable.make(plugin: note.name, kind: note.kind, services: services)
        self.host = HostPointer(pointer: host)
        let answer = try Self.negotiate(unsafeBitCast(symbol, to: Entry.self), host: host, note: note)
        guard let foreign = answer.table else {
            throw PluginError(.badAnswer, "\(note.name) accepted the offer without a table")
        }
        headerHash = answer.header_hash
        entryAddress = UInt(bitPattern: symbol)
        table = try PluginTable(copying: foreign, kind: note.kind, plugin: note.name, counting: counting)
    }

    private static func loadError(path: String) -> PluginError {
        let text = dlerror().map { String(cString: $0) } ?? "unknown error"
        // The text begins with the descriptor's name, which means nothing to the reader.
        let reason = text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? text
        if text.contains("cannot open shared object file") {
            return PluginError(.libraryMissing, "\(path) needs a library that is not installed: \(text)")
        }
        if text.contains("undefined symbol") || text.contains("version `") {
            return PluginError(.symbolMissing, "\(path) needs a newer library: \(reason)")
        }
        return PluginError(.loadFailed, "\(path) cannot be loaded: \(reason)")
    }

    private static func negotiate(_ entry: Entry, host: UnsafePointer<kubearmor_host>, note: PluginNote)
        throws(PluginError) -> kubearmor_answer
    {
        var offer = kubearmor_offer()
        offer.struct_size = UInt32(MemoryLayout<kubearmor_offer>.size)
        offer.abi_major = UInt16(KUBEARMOR_ABI_MAJOR)
        offer.abi_minor = UInt16(KUBEARMOR_ABI_MINOR)
        offer.header_hash = kubearmor_header_hash()
        offer.host = host
        // More room than the answer has, so that a plugin that writes beyond it is found instead of harming us.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { room.deallocate() }
        room.initializeMemory(as: UInt8.self, repeating: 0xa5)
        guard let base = room.baseAddress else { throw PluginError(.badAnswer, "out of memory") }
        let answer = base.bindMemory(to: kubearmor_answer.self, capacity: 1)
        answer.initialize(to: kubearmor_answer())
        answer.pointee.struct_size = UInt32(MemoryLayout<kubearmor_answer>.size)
        var error = [CChar](repeating: 0, count: Int(KUBEARMOR_ERROR_SIZE))
        let result = entry(&offer, answer, &error, UInt64(error.count))
        let text = error.withUnsafeBytes { SystemText.bounded($0) }
        guard room.dropFirst(MemoryLayout<kubearmor_answer>.size).allSatisfy({ $0 == 0xa5 }) else {
            throw PluginError(.badAnswer, "\(note.name) wrote beyond the answer: build it with plugin.h")
        }
        guard result >= 0 else { throw refusal(result, text: text, note: note) }
        return try checked(answer.pointee, note: note)
    }

    private static func refusal(_ result: Int32, text: String, note: PluginNote) -> PluginError {
        let reason = text.isEmpty ? SystemText.error(result) : text
        if result == -EPROTO && note.minor > KUBEARMOR_ABI_MINOR {
            return PluginError(
                .abiTooOld,
                "\(note.name) needs plugin.h \(note.abi), this daemon has "
                    + "\(KUBEARMOR_ABI_MAJOR).\(KUBEARMOR_ABI_MINOR): upgrade the daemon (\(reason))")
        }
        return PluginError(.entryRefused, "\(note.name) refused the daemon's offer: \(reason)")
    }

    private static func checked(_ answer: kubearmor_answer, note: PluginNote) throws(PluginError) -> kubearmor_answer {
        // A plugin built with a shorter struct says so; what is beyond is absent.
        let size = Int(answer.struct_size)
        guard size >= MemoryLayout<kubearmor_answer>.size else {
            throw PluginError(.badAnswer, "the answer of \(note.name) has \(size) bytes, too few for a table")
        }
        guard answer.abi_major == UInt16(KUBEARMOR_ABI_MAJOR) else {
            throw PluginError(
                .wrongABI,
                "\(note.name) answers with plugin.h \(answer.abi_major).\(answer.abi_minor), its note says \(note.abi)")
        }
        guard answer.kind == note.kind.rawValue else {
            let kind = PluginKind(rawValue: answer.kind)?.name ?? "\(answer.kind)"
            throw PluginError(.wrongKind, "\(note.name) answers as \(kind), its note says \(note.kind.name)")
        }
        return answer
    }
}
