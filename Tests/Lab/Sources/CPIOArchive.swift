// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Writes the archive format that the kernel unpacks as its first file system ("newc"),
/// without the privileges that device nodes or foreign owners would need.
struct CPIOArchive {
    private(set) var bytes: [UInt8] = []
    private var next: UInt32 = 1
    private var folders: Set<String> = []

    mutating func addFolder(_ path: String, mode: UInt32 = 0o755) {
        guard folders.insert(path).inserted else { return }
        addParent(of: path)
        addEntry(path, mode: UInt32(S_IFDIR) | mode, content: [])
    }

    mutating func addFile(_ path: String, _ content: [UInt8], mode: UInt32 = 0o644) {
        addParent(of: path)
        addEntry(path, mode: UInt32(S_IFREG) | mode, content: content)
    }

    mutating func addLink(_ path: String, to target: String) {
        addParent(of: path)
        addEntry(path, mode: UInt32(S_IFLNK) | 0o777, content: Array(target.utf8))
    }

    mutating func addCharacterDevice(_ path: String, major: UInt32, minor: UInt32) {
        addParent(of: path)
        addEntry(path, mode: UInt32(S_IFCHR) | 0o600, content: [], device: (major, minor))
    }

    mutating func finish() {
        addEntry("TRAILER!!!", mode: 0, content: [])
        pad(to: 512)
    }

    private mutating func addParent(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        addFolder(String(path[..<slash]))
    }

    private mutating func addEntry(
        _ path: String, mode: UInt32, content: [UInt8], device: (major: UInt32, minor: UInt32) = (0, 0)
    ) {
        let name = Array((path.hasPrefix("/") ? path.dropFirst() : path[...]).utf8)
        let fields: [UInt32] = [
            next, mode, 0, 0, 1, 0, UInt32(content.count), 0, 0, device.major, device.minor,
            UInt32(name.count + 1), 0,
        ]
        next += 1
        bytes += Array("070701".utf8)
        for field in fields {
            let digits = String(field, radix: 16)
            bytes += Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
        }
        bytes += name + [0]
        pad(to: 4)
        bytes += content
        pad(to: 4)
    }

    private mutating func pad(to alignment: Int) {
        let rest = bytes.count % alignment
        if rest > 0 { bytes += [UInt8](repeating: 0, count: alignment - rest) }
    }
}
