// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// A directory that is gone with all that is in it when the test ends.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/kubearmor-test-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { Self.remove(path) }

    /// Writes a file the way careful programs do: beside it, then renamed.
    func write(_ name: String, _ text: String) throws {
        let file = try #require(fopen("\(path)/.new", "w"))
        fputs(text, file)
        fclose(file)
        try #require(rename("\(path)/.new", "\(path)/\(name)") == 0)
    }

    func read(_ name: String) throws -> String {
        let file = try #require(fopen("\(path)/\(name)", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    func remove(_ name: String) throws {
        try #require(unlink("\(path)/\(name)") == 0)
    }

    static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
                }
                if name == "." || name == ".." { continue }
                if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
