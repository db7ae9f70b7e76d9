// SPDX-License-Identifier: Apache-2.0
internal import CLibELF
import JSON
import Glibc
import PluginABI

/// What the ELF file of a plugin says about itself. It is read with libelf; nothing of the library runs.
struct PluginImage: Sendable {
    let note: PluginNote
    /// DT_NEEDED.
    let neededLibraries: [String]
    /// The library names in `.note.dlopen`.
    let lazyLibraries: [String]
    let definesEntry: Bool

    /// Throws the code of what is wrong with the file.
    init(file: PluginFile) throws(PluginError) {
        guard elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE) else {
            throw PluginError(.fileUnreadable, "libelf is too old: upgrade it")
        }
        guard file.size >= UInt64(MemoryLayout<Elf64_Ehdr>.size) else {
            throw PluginError(
                .truncated, "\(file.path) has \(file.size) bytes, too few for a library: install it again")
        }
        guard let elf = elf_begin(file.descriptor, ELF_C_READ, nil) else {
            throw PluginError(.notELF, "\(file.path) is no ELF file")
        }
        defer { elf_end(elf) }
        guard elf_kind(elf) == ELF_K_ELF else {
            throw PluginError(.notELF, "\(file.path) is no ELF file")
        }
        let header = try Self.header(of: elf, file: file)
        try Self.checkComplete(elf, header: header, file: file)
        let sections = try ELFSections(elf, path: file.path)
        guard let data = sections.data(named: KUBEARMOR_NOTE_SECTION) else {
            throw PluginError(.notAPlugin, "\(file.path) has no note of KubeArmor: it is not a plugin")
        }
        note = try PluginNote(descriptor: Self.ownDescriptor(in: data))
        neededLibraries = sections.neededLibraries()
        lazyLibraries = Self.lazyLibraries(in: sections)
        definesEntry = sections.definesFunction(named: KUBEARMOR_ENTRY_SYMBOL)
    }

    private static func header(of elf: OpaquePointer, file: PluginFile) throws(PluginError) -> GElf_Ehdr {
        var header = GElf_Ehdr()
        guard gelf_getehdr(elf, &header) != nil else {
            throw PluginError(.truncated, "\(file.path) ends within its ELF header: install it again")
        }
        guard header.e_machine == ownMachine, gelf_getclass(elf) == ELFCLASS64 else {
            throw PluginError(
                .wrongMachine,
                "\(file.path) is for machine \(header.e_machine), this is machine \(ownMachine): "
                    + "install the package of this architecture")
        }
        guard header.e_type == UInt16(ET_DYN) else {
            throw PluginError(.notELF, "\(file.path) is an ELF file, but no shared library")
        }
        return header
    }

    private static var ownMachine: UInt16 {
        #if arch(x86_64)
            return UInt16(EM_X86_64)
        #elseif arch(arm64)
            return UInt16(EM_AARCH64)
        #else
            #error("add the ELF machine number of this architecture")
        #endif
    }

    /// The dynamic linker maps what the program headers name, even when the file ends before: it would be killed by
    /// SIGBUS.
    private static func checkComplete(_ elf: OpaquePointer, header: GElf_Ehdr, file: PluginFile) throws(PluginError) {
        let sectionsEnd = header.e_shoff.addingReportingOverflow(UInt64(header.e_shnum) * UInt64(header.e_shentsize))
        var isComplete = !sectionsEnd.overflow && sectionsEnd.partialValue <= file.size
        var count = 0
        isComplete = isComplete && elf_getphdrnum(elf, &count) == 0
        for index in 0..<(isComplete ? count : 0) {
            var segment = GElf_Phdr()
            guard gelf_getphdr(elf, Int32(index), &segment) != nil else {
                isComplete = false
                break
            }
            let end = segment.p_offset.addingReportingOverflow(segment.p_filesz)
            isComplete = isComplete && !end.overflow && end.partialValue <= file.size
        }
        guard isComplete else {
            throw PluginError(.truncated, "\(file.path) ends before its headers say so: install it again")
        }
    }

    private static func ownDescriptor(in data: ELFSections.Content) throws(PluginError) -> [UInt8] {
        var own = data.notes().filter { $0.owner == KUBEARMOR_NOTE_OWNER && $0.type == KUBEARMOR_NOTE_TYPE }
        guard let note = own.popLast(), own.isEmpty else {
            throw PluginError(
                .badNote, "the section \(KUBEARMOR_NOTE_SECTION) must hold one note of \(KUBEARMOR_NOTE_OWNER), type 1")
        }
        return note.descriptor
    }

    /// The notes' text is JSON: a list of objects whose `soname` is a list of names.
    private static func lazyLibraries(in sections: ELFSections) -> [String] {
        let dlopenType: UInt32 = 0x407c_0c0a
        guard let data = sections.data(named: ".note.dlopen") else { return [] }
        let texts = data.notes().filter { $0.owner == "FDO" && $0.type == dlopenType }
            .map { String(decoding: $0.descriptor.prefix { $0 != 0 }, as: UTF8.self) }
        return texts.compactMap(JSONParser.parse).flatMap(\.elements)
            .flatMap { $0["soname"]?.elements.compactMap(\.string) ?? [] }
    }
}
