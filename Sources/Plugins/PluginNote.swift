// SPDX-License-Identifier: Apache-2.0
import PluginABI

/// What a plugin's ELF note says about it, checked.
struct PluginNote: Sendable {
    let kind: PluginKind
    let name: String
    let version: String
    let license: String
    let needs: String
    let summary: String
    let major: UInt16
    let minor: UInt16

    var abi: String { "\(major).\(minor)" }
    var fileName: String { "kubearmor-\(kind.name)-\(name).so" }

    /// Reads the descriptor of the note. What a shorter, older descriptor lacks is empty. Throws `BAD_NOTE`.
    init(descriptor: [UInt8]) throws(PluginError) {
        // struct_size, the version, the kind and the name are what every version of the header has.
        let least = MemoryLayout<kubearmor_plugin_note>.offset(of: \.version) ?? 0
        let claimed = descriptor.count >= 4 ? Int(Self.number(descriptor, at: 0, as: UInt32.self)) : 0
        guard claimed >= least, claimed <= descriptor.count else {
            throw PluginError(.badNote, "the note's struct_size is \(claimed), its data \(descriptor.count) bytes")
        }
        var bytes = Array(descriptor.prefix(min(claimed, MemoryLayout<kubearmor_plugin_note>.size)))
        bytes += [UInt8](repeating: 0, count: MemoryLayout<kubearmor_plugin_note>.size - bytes.count)
        let note = bytes.withUnsafeBytes { $0.loadUnaligned(as: kubearmor_plugin_note.self) }
        major = note.abi_major
        minor = note.abi_minor
        name = try Self.text(of: note.name, "name")
        version = try Self.text(of: note.version, "version")
        license = try Self.text(of: note.license, "license")
        needs = try Self.text(of: note.needs, "needs")
        summary = try Self.text(of: note.summary, "summary")
        guard let kind = PluginKind(rawValue: note.kind) else {
            throw PluginError(.badNote, "the note's kind \(note.kind) is none that this daemon knows")
        }
        self.kind = kind
        guard Self.isName(name) else {
            throw PluginError(.badNote, "the note's name \"\(name)\" is not of the form [a-z][a-z0-9-]*")
        }
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int, as: Number.Type) -> Number {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    private static func text<Characters>(of characters: Characters, _ field: String) throws(PluginError) -> String {
        let bytes = withUnsafeBytes(of: characters) { Array($0) }
        guard let end = bytes.firstIndex(of: 0) else {
            throw PluginError(.badNote, "the note's \(field) does not end with a NUL")
        }
        guard let text = String(validating: bytes[..<end], as: UTF8.self) else {
            throw PluginError(.badNote, "the note's \(field) is not UTF-8")
        }
        return text
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}
