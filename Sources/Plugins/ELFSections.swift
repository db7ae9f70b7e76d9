// SPDX-License-Identifier: Apache-2.0
internal import CLibELF
import Glibc

/// The sections of an open ELF file.
struct ELFSections {
    struct Note {
        let owner: String
        let type: UInt32
        let descriptor: [UInt8]
    }

    /// A section's bytes, owned by libelf as long as the file is open.
    struct Content {
        let data: UnsafeMutablePointer<Elf_Data>

        func notes() -> [Note] {
            guard let base = data.pointee.d_buf else { return [] }
            let bytes = UnsafeRawBufferPointer(start: base, count: data.pointee.d_size)
            var notes: [Note] = []
            var header = GElf_Nhdr()
            var name = 0
            var descriptor = 0
            var offset = 0
            while true {
                let next = gelf_getnote(data, offset, &header, &name, &descriptor)
                guard next > 0 else { return notes }
                offset = next
                // gelf_getnote has checked that name and descriptor lie within the section.
                let owner = bytes[name..<name + Int(header.n_namesz)].prefix { $0 != 0 }
                let content = Array(bytes[descriptor..<descriptor + Int(header.n_descsz)])
                let text = String(decoding: owner, as: UTF8.self)
                notes.append(Note(owner: text, type: header.n_type, descriptor: content))
            }
        }
    }

    private let elf: OpaquePointer
    private var named: [(name: String, section: OpaquePointer, header: GElf_Shdr)] = []

    init(_ elf: OpaquePointer, path: String) throws(PluginError) {
        self.elf = elf
        var names = 0
        guard elf_getshdrstrndx(elf, &names) == 0 else {
            throw PluginError(.notAPlugin, "\(path) has no sections, so no note of KubeArmor: it is not a plugin")
        }
        var section: OpaquePointer?
        while let next = elf_nextscn(elf, section) {
            section = next
            var header = GElf_Shdr()
            guard gelf_getshdr(next, &header) != nil, let name = elf_strptr(elf, names, Int(header.sh_name)) else {
                throw PluginError(.truncated, "\(path) has a section table that cannot be read: install it again")
            }
            named.append((String(cString: name), next, header))
        }
    }

    func data(named name: String) -> Content? {
        guard let found = named.first(where: { $0.name == name }) else { return nil }
        return elf_getdata(found.section, nil).map(Content.init)
    }

    func neededLibraries() -> [String] {
        var libraries: [String] = []
        for entry in named where entry.header.sh_type == SHT_DYNAMIC && entry.header.sh_entsize > 0 {
            guard let data = elf_getdata(entry.section, nil) else { continue }
            for index in 0..<Int32(clamping: entry.header.sh_size / entry.header.sh_entsize) {
                var item = GElf_Dyn()
                guard gelf_getdyn(data, index, &item) != nil, item.d_tag != DT_NULL else { break }
                guard item.d_tag == DT_NEEDED else { continue }
                if let name = elf_strptr(elf, Int(entry.header.sh_link), Int(item.d_un.d_val)) {
                    libraries.append(String(cString: name))
                }
            }
        }
        return libraries
    }

    func definesFunction(named name: String) -> Bool {
        for entry in named where entry.header.sh_type == SHT_DYNSYM && entry.header.sh_entsize > 0 {
            guard let data = elf_getdata(entry.section, nil) else { continue }
            for index in 0..<Int32(clamping: entry.header.sh_size / entry.header.sh_entsize) {
                var symbol = GElf_Sym()
                guard gelf_getsym(data, index, &symbol) != nil else { break }
                guard symbol.st_shndx != 0, symbol.st_info & 0xf == STT_FUNC,
                    let text = elf_strptr(elf, Int(entry.header.sh_link), Int(symbol.st_name))
                else { continue }
                if String(cString: text) == name { return true }
            }
        }
        return false
    }
}
