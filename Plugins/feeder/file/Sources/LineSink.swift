// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// An open descriptor to which bytes are appended.
final class LineSink {
    /// What became of a write.
    struct Outcome {
        /// Bytes that the kernel took.
        let written: Int
        /// A positive errno value when not all were taken.
        let failure: Int32?
    }

    /// A pipe with room takes as much without blocking, and in one piece (PIPE_BUF).
    private static let pieceBytes = 4096

    private let descriptor: Int32
    private let isOwned: Bool
    private let status: stat
    /// Whether the file ended within a line when it was opened: another process was killed while it wrote.
    let endsWithinLine: Bool

    /// Nil for the target `none`. A file is created with mode 0600.
    static func open(_ target: LogTarget) throws(PluginFailure) -> LineSink? {
        switch target {
        case .none:
            return nil
        case .standardOutput:
            return try LineSink(STDOUT_FILENO, isOwned: false, name: "stdout", endsWithinLine: false)
        case .file(let path):
            // O_NONBLOCK: a FIFO that nobody reads fails at once instead of holding up the daemon.
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
            let descriptor = kubearmor_open(path, flags, 0o600)
            guard descriptor >= 0 else {
                throw failure(-descriptor, path, remedy: "correct \(LogTarget.settingKey) or make its folder")
            }
            return try LineSink(descriptor, isOwned: true, name: path, endsWithinLine: lastLineIsTorn(path))
        }
    }

    /// Whether `open` would succeed; changes nothing.
    static func check(_ target: LogTarget) throws(PluginFailure) {
        guard case .file(let path) = target else { return }
        var status = stat()
        let exists = stat(path, &status) == 0
        guard !exists || status.st_mode & S_IFMT != S_IFDIR else {
            throw failure(EISDIR, path, remedy: "name a file in it")
        }
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let place = exists ? path : (folder.isEmpty ? "/" : folder)
        guard access(place, exists ? W_OK : W_OK | X_OK) == 0 else {
            throw failure(errno, place, remedy: "correct \(LogTarget.settingKey) or make its folder")
        }
    }

    /// Takes the descriptor; closes it again when it cannot be examined.
    private init(
        _ descriptor: Int32, isOwned: Bool, name: String, endsWithinLine: Bool
    ) throws(PluginFailure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let number = errno
            if isOwned {
                Glibc.close(descriptor)
            }
            throw LineSink.failure(number, name, remedy: "keep it open when the daemon starts")
        }
        self.descriptor = descriptor
        self.isOwned = isOwned
        self.status = status
        self.endsWithinLine = endsWithinLine
    }

    deinit {
        if isOwned {
            Glibc.close(descriptor)
        }
    }

    /// The bytes of a regular file; nil for what has no size.
    var size: Int? {
        var status = stat()
        guard self.status.st_mode & S_IFMT == S_IFREG, isOwned, fstat(descriptor, &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// Whether the path still names this file.
    func isFile(at path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_dev == self.status.st_dev && status.st_ino == self.status.st_ino
    }

    /// Whether both append to one and the same file.
    func isSameFile(as other: LineSink) -> Bool {
        status.st_dev == other.status.st_dev && status.st_ino == other.status.st_ino
    }

    /// Appends the bytes: to a file with one write(2), to a pipe or terminal in pieces that cannot block, until all are
    /// taken, something fails or the time is over (ETIMEDOUT).
    func append(_ bytes: [UInt8], within limit: Duration) -> Outcome {
        if status.st_mode & S_IFMT == S_IFREG {
            return appendToFile(bytes)
        }
        let deadline = ContinuousClock.now + limit
        var written = 0
        while written < bytes.count {
            if let failure = waitForRoom(until: deadline) {
                return Outcome(written: written, failure: failure)
            }
            let piece = Array(bytes[written..<min(written + LineSink.pieceBytes, bytes.count)])
            let result = write(descriptor, piece, piece.count)
            if result >= 0 {
                written += result
            } else if errno != EINTR && errno != EAGAIN {
                return Outcome(written: written, failure: errno)
            }
        }
        return Outcome(written: written, failure: nil)
    }

    private func appendToFile(_ bytes: [UInt8]) -> Outcome {
        var written = 0
        while written < bytes.count {
            // Taking all at once is the rule; the kernel takes less when the disk fills up or a signal comes.
            let rest = written == 0 ? bytes : Array(bytes[written...])
            let result = write(descriptor, rest, rest.count)
            if result >= 0 {
                written += result
            } else if errno != EINTR {
                return Outcome(written: written, failure: errno)
            }
        }
        return Outcome(written: written, failure: nil)
    }

    /// Nil when there is room. A reader that went away is EPIPE here already, so that no write raises SIGPIPE.
    private func waitForRoom(until deadline: ContinuousClock.Instant) -> Int32? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
            let result = poll(&entry, 1, Int32(max(rest, 0)))
            if result > 0 {
                return entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 ? EPIPE : nil
            }
            if result == 0 {
                return ETIMEDOUT
            }
            if errno != EINTR {
                return errno
            }
        }
    }

    /// Whether a regular file's last byte is not a newline. One that cannot be read is taken as whole.
    private static func lastLineIsTorn(_ path: String) -> Bool {
        let descriptor = kubearmor_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        var status = stat()
        var last: UInt8 = 0
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            pread(descriptor, &last, 1, status.st_size - 1) == 1
        else { return false }
        return last != UInt8(ascii: "\n")
    }

    private static func failure(_ number: Int32, _ place: String, remedy: String) -> PluginFailure {
        PluginFailure(code: number, message: "\(place): \(String(cString: strerror(number))): \(remedy)")
    }
}
