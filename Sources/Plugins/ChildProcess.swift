// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import Glibc

/// A child that runs foreign code for us: what it writes to its standard output, and how it ended.
struct ChildProcess {
    enum End: Equatable {
        case exited(Int32)
        case signaled(Int32)
        case timedOut
    }

    let output: String
    let end: End

    /// Runs the command (an absolute path and its arguments) and waits for it, at most `timeLimit`; then it and what it
    /// started are killed. Throws `PROBE_FAILED` when it cannot be started.
    static func run(_ command: [String], timeLimit: Duration) throws(PluginError) -> ChildProcess {
        var ends: [Int32] = [-1, -1]
        guard let path = command.first, kubearmor_pipe(&ends) == 0 else {
            throw PluginError(.probeFailed, "cannot make a pipe: \(SystemText.error(errno))")
        }
        defer { close(ends[0]) }
        var pid: pid_t = 0
        let status = spawn(path, command, output: ends[1], pid: &pid)
        close(ends[1])
        guard status == 0 else {
            throw PluginError(.probeFailed, "cannot start \(path): \(SystemText.error(status))")
        }
        let deadline = ContinuousClock.now + timeLimit
        let (bytes, isComplete) = readAll(ends[0], until: deadline)
        let exit = wait(for: pid, until: isComplete ? deadline : .now)
        return ChildProcess(output: String(decoding: bytes, as: UTF8.self), end: exit)
    }

    private static func spawn(_ path: String, _ command: [String], output: Int32, pid: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // A group of its own, so that what a plugin starts can be ended with it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        return posix_spawn(&pid, path, &actions, &attributes, arguments, environ)
    }

    /// Everything up to the end, and whether the end came before the deadline.
    private static func readAll(_ fd: Int32, until deadline: ContinuousClock.Instant) -> ([UInt8], Bool) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let left = max(.zero, deadline - .now)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            var waiting = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, Int32(clamping: milliseconds))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return (bytes, false) }
            let count = chunk.withUnsafeMutableBytes { read(fd, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return (bytes, true) }
            bytes += chunk[..<count]
        }
    }

    /// The child has closed its output or is out of time; one that does not end then is killed.
    private static func wait(for pid: pid_t, until deadline: ContinuousClock.Instant) -> End {
        var status: Int32 = 0
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid {
                // What it may have left behind in its group.
                kill(-pid, SIGKILL)
                let exit = kubearmor_exit_of(status)
                return exit < 0 ? .signaled(-exit) : .exited(exit)
            }
            if ended < 0 && errno != EINTR { return .exited(0) }
            guard ContinuousClock.now < deadline else { break }
            usleep(2000)
        }
        kill(-pid, SIGKILL)
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return .timedOut
    }

    /// For the child: keeps the standard output for the parent alone, since a plugin may print, and dies with the
    /// parent. Returns the descriptor to write to.
    static func takeOutput() -> Int32 {
        kubearmor_become_child()
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        return output
    }

    /// "SIGSEGV (Segmentation fault)"
    static func name(ofSignal signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGSEGV: "SIGSEGV", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGFPE: "SIGFPE",
            SIGKILL: "SIGKILL", SIGTRAP: "SIGTRAP",
        ]
        let text = strsignal(signal).map { String(cString: $0) } ?? ""
        return "\(names[signal] ?? "signal \(signal)") (\(text))"
    }
}
