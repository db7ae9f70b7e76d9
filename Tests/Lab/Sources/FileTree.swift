// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Reads and writes whole files; every error names its path.
enum FileTree {
    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw failure("cannot read", path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            bytes.append(contentsOf: block[..<count])
            if count < block.count { break }
        }
        if ferror(file) != 0 { throw failure("cannot read", path) }
        return bytes
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "we") else { throw failure("cannot write", path) }
        let count = fwrite(bytes, 1, bytes.count, file)
        if fclose(file) != 0 || count != bytes.count { throw failure("cannot write", path) }
    }

    static func makeFolder(_ path: String) throws {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/" + part
            if mkdir(prefix, 0o755) != 0 && errno != EEXIST { throw failure("cannot make", prefix) }
        }
    }

    /// Names in a folder, sorted.
    static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else { throw failure("cannot list", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Where a symbolic link points; nil for what is none.
    static func target(ofLink path: String) throws -> String? {
        var information = stat()
        guard lstat(path, &information) == 0 else { throw failure("cannot look at", path) }
        guard information.st_mode & S_IFMT == S_IFLNK else { return nil }
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &bytes, bytes.count)
        guard count >= 0 else { throw failure("cannot read", path) }
        return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func size(_ path: String) -> Int {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : 0
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// The absolute path with symbolic links resolved.
    static func resolved(_ path: String) throws -> String {
        guard let real = realpath(path, nil) else { throw failure("cannot find", path) }
        defer { free(real) }
        return String(cString: real)
    }

    private static func failure(_ what: String, _ path: String) -> LabError {
        LabError("\(what) \(path): \(String(cString: strerror(errno)))")
    }
}
