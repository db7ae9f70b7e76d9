// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Texts that cross the boundary to C.
enum SystemText {
    /// The system's sentence for an errno value, such as "Permission denied".
    static func error(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, strerror_r(abs(number), start, buffer.count) == 0 else {
                return "error \(abs(number))"
            }
            return String(cString: start)
        }
    }

    /// The text in a fixed array of characters: up to its NUL, or all of it when a plugin forgot the NUL.
    static func bounded(_ characters: UnsafeRawBufferPointer) -> String {
        String(decoding: characters.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A whole small file, such as those in /proc and /sys; nil when it cannot be read.
    static func contents(of path: String, limit: Int = 1 << 20) -> String? {
        let fd = open(path)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = chunk.withUnsafeMutableBytes { read(fd, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func open(_ path: String) -> Int32 {
        Glibc.open(path, O_RDONLY | O_CLOEXEC)
    }
}
