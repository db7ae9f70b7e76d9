// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Workloads

/// The lock that keeps a second daemon from the same run directory; held until it is released or the process ends.
public final class InstanceLock: Sendable {
    private let descriptor: Int32

    /// Makes the directory if need be and takes the lock.
    public init(directory: String) throws(StartError) {
        try Self.make(directory)
        let path = "\(directory)/kubearmor.pid"
        let descriptor = kubearmor_open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw StartError(
                .failure, "cannot open \(path): \(SystemText.errno(-descriptor)): run as root or set runDir")
        }
        let status = kubearmor_lock_exclusive(descriptor)
        guard status == 0 else {
            close(descriptor)
            throw Self.refused(status, path: path)
        }
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0, write(descriptor, text, text.utf8.count) == text.utf8.count else {
            let number = errno
            close(descriptor)
            throw StartError(.failure, "cannot write \(path): \(SystemText.errno(number)): free some space")
        }
        self.descriptor = descriptor
    }

    deinit { release() }

    /// Gives the lock back. The file stays, empty: removing it would let two daemons lock two files of one name.
    private func release() {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    private static func make(_ directory: String) throws(StartError) {
        guard mkdir(directory, 0o755) != 0, errno != EEXIST else { return }
        throw StartError(
            .failure, "cannot make \(directory): \(SystemText.errno(errno)): run as root or set runDir")
    }

    private static func refused(_ status: Int32, path: String) -> StartError {
        guard status == -EWOULDBLOCK else {
            return StartError(.failure, "cannot lock \(path): \(SystemText.errno(-status))")
        }
        let pid = (try? FileText.string(of: path, limit: 64))?.trimmingBlanks() ?? ""
        let other = pid.isEmpty ? "another process" : "process \(pid)"
        return StartError(
            .alreadyRunning,
            "a daemon runs already (\(other) holds \(path)): stop it first, or set another runDir")
    }
}
