// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Reads of small files, such as those of procfs, whose size is not known before they are read.
package enum FileText {
    /// What kept a file from being read.
    package struct ReadError: Error, CustomStringConvertible {
        package let path: String
        /// A positive errno value; `EFBIG` when the file is larger than the caller's limit.
        package let number: Int32

        /// There is no such file.
        package var isMissing: Bool { number == ENOENT || number == ENOTDIR }

        package init(path: String, number: Int32) {
            self.path = path
            self.number = number
        }

        package var description: String {
            if number == EFBIG { return "\(path) is too large" }
            return "\(path): \(SystemText.errno(number))"
        }
    }

    /// The bytes of the file at `path`, at most `limit` of them.
    ///
    /// Follows symbolic links; never blocks on a FIFO.
    package static func bytes(of path: String, limit: Int) throws(ReadError) -> [UInt8] {
        let descriptor = kubearmor_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw ReadError(path: path, number: -descriptor) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return result }
            if count < 0 {
                if errno == EINTR { continue }
                throw ReadError(path: path, number: errno)
            }
            guard result.count + count <= limit else { throw ReadError(path: path, number: EFBIG) }
            result.append(contentsOf: chunk[0..<count])
        }
    }

    /// The text of the file, invalid UTF-8 replaced.
    package static func string(of path: String, limit: Int) throws(ReadError) -> String {
        String(decoding: try bytes(of: path, limit: limit), as: UTF8.self)
    }

    /// The names in a directory, in the order in which the system has them.
    package static func names(in directory: String) throws(ReadError) -> [String] {
        guard let stream = opendir(directory) else { throw ReadError(path: directory, number: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) { names.append(name(of: entry)) }
        return names
    }

    static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// What the symbolic link at `path` says, or nil when it cannot be read.
    package static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[0..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
