// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A program that the lab started.
struct Subprocess {
    let pid: pid_t

    /// Starts `arguments[0]` (found in PATH) with its output and errors in a file.
    init(_ arguments: [String], outputFile: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        strings.append(nil)
        defer { for string in strings { free(string) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, arguments[0], &actions, nil, strings, environ)
        guard error == 0 else {
            throw LabError("cannot start \(arguments[0]): \(String(cString: strerror(error)))")
        }
        self.pid = pid
    }

    /// The exit status if the program has ended.
    func ended() -> Int32? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? Subprocess.exitStatus(status) : nil
    }

    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return Subprocess.exitStatus(status)
    }

    func kill() {
        Glibc.kill(pid, SIGKILL)
        _ = wait()
    }

    private static func exitStatus(_ status: Int32) -> Int32 {
        status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// Runs a program to its end; its output and errors.
    static func run(_ arguments: [String], scratch: String) throws -> (status: Int32, output: String) {
        let file = "\(scratch)/command.\(getpid())"
        defer { unlink(file) }
        let status = try Subprocess(arguments, outputFile: file).wait()
        return (status, try FileTree.text(file))
    }
}
