// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// A file of the project, by its path below the package's folder.
struct TreeFile {
    let path: String
    let text: String

    /// Numbered from 0; without the newline.
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    func isKind(_ suffixes: String...) -> Bool {
        suffixes.contains { path.hasSuffix($0) }
    }
}

/// Reads the project's files. What cannot be read fails the test that asked for it.
enum Tree {
    /// The package's folder, found from this file's place in it.
    static let root: String = {
        var folder = Substring(#filePath)
        for _ in 0..<3 {
            folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
        }
        return String(folder)
    }()

    static let codeFolders = ["Sources", "Plugins", "Tests", "bpf"]
    static let otherFolders = ["deploy", "docs", "profiles", ".ci"]
    /// Files at the top that are text of the project.
    static let topFiles = ["Package.swift", "Makefile", "README.md"]

    /// Swift, C and shell files of the code folders that people write.
    static func code() throws -> [TreeFile] {
        try codeFolders.flatMap { try files(below: $0) }
            .filter { $0.isKind(".swift", ".c", ".h", ".sh") && !$0.path.contains("/Generated/") }
    }

    /// Every file of the folders given; a folder of the project that is missing is an error.
    static func files(below folder: String) throws -> [TreeFile] {
        try entries(of: folder).flatMap { name -> [TreeFile] in
            let path = "\(folder)/\(name)"
            return isFolder(path) ? try files(below: path) : [TreeFile(path: path, text: try read(path))]
        }
    }

    static func exists(_ path: String) -> Bool {
        access("\(root)/\(path)", F_OK) == 0
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a folder, sorted.
    static func entries(of folder: String) throws -> [String] {
        let directory = opendir("\(root)/\(folder)")
        let stream = try #require(directory, "\(folder) cannot be read")
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." {
                names.append(name)
            }
        }
        return names.sorted()
    }

    static func read(_ path: String) throws -> String {
        let opened = fopen("\(root)/\(path)", "re")
        let stream = try #require(opened, "\(path) cannot be read")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&piece, 1, piece.count, stream)
            bytes += piece[..<count]
            if count < piece.count { break }
        }
        try #require(ferror(stream) == 0, "\(path) cannot be read")
        return String(decoding: bytes, as: UTF8.self)
    }
}
