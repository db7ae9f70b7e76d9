// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Testing

/// A folder of a test's own, removed with it.
final class ScratchFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/kubearmor-file-feeder-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = text(of: template)
    }

    deinit {
        for name in ["alerts.log", "alerts.log.1", "alerts.log.2", "alerts.log.3", "other.log", "socket"] {
            unlink("\(path)/\(name)")
        }
        rmdir(path)
    }

    func file(_ name: String = "alerts.log") -> String { "\(path)/\(name)" }

    /// The bytes of a file.
    func read(_ name: String = "alerts.log") throws -> [UInt8] {
        let descriptor = kubearmor_open(file(name), O_RDONLY | O_CLOEXEC, 0)
        try #require(descriptor >= 0, "\(name) cannot be opened")
        defer { close(descriptor) }
        return drain(descriptor)
    }

    /// The lines of a file, each of which must end in a newline.
    func lines(_ name: String = "alerts.log") throws -> [String] {
        try wholeLines(try read(name))
    }

    func write(_ text: String, to name: String = "alerts.log") throws {
        let descriptor = kubearmor_open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }
}

/// Reads until the end, or until a pipe is empty.
func drain(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &piece, piece.count)
        guard count > 0 else { return bytes }
        bytes += piece[..<count]
    }
}

/// Splits bytes that must end in a newline.
func wholeLines(_ bytes: [UInt8]) throws -> [String] {
    guard let last = bytes.last else { return [] }
    try #require(last == UInt8(ascii: "\n"))
    return bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
}
