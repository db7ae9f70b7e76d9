// SPDX-License-Identifier: Apache-2.0
import Glibc
import Policy

/// Policy files and folders that a command line names.
struct PolicyFiles {
    /// Larger files are refused: they are something else.
    private static let sizeLimit = 16 << 20
    private static let endings = [".yaml", ".yml", ".json"]

    struct Entry {
        let name: String
        let file: PolicyFile
    }

    let entries: [Entry]

    /// Reads all of them, folders with what is below. Throws a sentence for what cannot be read.
    init(_ paths: [String]) throws(PolicyFilesError) {
        entries = try Self.texts(paths).map { Entry(name: $0.name, file: PolicyParser.parse($0.text, file: $0.name)) }
    }

    /// The names and texts of all of them.
    static func texts(_ paths: [String]) throws(PolicyFilesError) -> [(name: String, text: String)] {
        var names: [String] = []
        for path in paths { try collect(path, isNamed: true, into: &names) }
        var texts: [(name: String, text: String)] = []
        for name in names { texts.append((name, try text(name))) }
        return texts
    }

    var policies: [Policy] { entries.flatMap { $0.file.policies } }

    private static func collect(
        _ path: String, isNamed: Bool, into names: inout [String]
    ) throws(PolicyFilesError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw PolicyFilesError.cannotRead(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            if isNamed || endings.contains(where: path.hasSuffix) { names.append(path) }
            return
        }
        guard let directory = opendir(path) else { throw PolicyFilesError.cannotRead(path) }
        var children: [String] = []
        while let entry = readdir(directory) {
            // The name lies in the entry until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { children.append(name) }
        }
        closedir(directory)
        let base = path.hasSuffix("/") ? path : path + "/"
        for child in children.sorted() { try collect(base + child, isNamed: false, into: &names) }
    }

    private static func text(_ path: String) throws(PolicyFilesError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw PolicyFilesError.cannotRead(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0 { throw PolicyFilesError.cannotRead(path) }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > sizeLimit { throw PolicyFilesError(path: path, reason: "is larger than 16 MiB") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A file or folder that could not be read.
struct PolicyFilesError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): \(reason)" }

    static func cannotRead(_ path: String) -> PolicyFilesError {
        PolicyFilesError(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))")
    }
}
