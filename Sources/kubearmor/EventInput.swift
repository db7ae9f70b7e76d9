// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CLinux
import Daemon
import EventViews
import Glibc

/// Alerts, logs and messages from the running daemon, or from a file.
final class EventInput {
    /// Why there are no more.
    enum End {
        /// The file is at its end.
        case whole
        /// Who reads wants no more, or the time is over.
        case enough
        case interrupted
        /// The daemon has ended, or has let go of this subscriber.
        case lost
    }

    /// The socket's name in the run directory.
    static let socketName = "events.sock"
    /// How long an interruption may wait.
    private static let waitMilliseconds: Int32 = 200

    private let descriptor: Int32
    private let isFile: Bool
    private let isQuiet: Bool

    /// - Parameters:
    ///   - path: `-` for the standard input
    ///   - unreadable: with what the command ends when it cannot be read
    init(file path: String, unreadable: ExitCode = ExitCode(1)) throws {
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        (isFile, isQuiet) = (true, true)
        guard descriptor >= 0 else {
            StandardError.write("kubearmor: \(path): cannot be read: \(String(cString: strerror(errno)))")
            throw unreadable
        }
    }

    /// - Parameter isQuiet: does not say that it listens
    init(runDirectory: String, kinds: Set<EventLine.Kind>, isQuiet: Bool) throws {
        let path = "\(runDirectory)/\(Self.socketName)"
        descriptor = kubearmor_local_connect(path)
        (isFile, self.isQuiet) = (false, isQuiet)
        guard descriptor >= 0 else { throw Self.refused(path, runDirectory, -descriptor) }
        let words = kinds.map { "\($0)s" }.sorted().joined(separator: " ") + "\n"
        let bytes = Array(words.utf8)
        // A new socket's buffer has room for one line.
        _ = bytes.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) }
    }

    deinit { close(descriptor) }

    /// Says why nobody answers at the socket.
    ///
    /// - Parameter remedy: when a daemon runs all the same
    static func refused(
        _ path: String, _ runDirectory: String, _ number: Int32, remedy: String = "name the feeder local in feeders"
    ) -> ExitCode {
        let reason = String(cString: strerror(number))
        if number == EACCES || number == EPERM {
            StandardError.write("kubearmor: \(path): \(reason): run this command as root")
            return ExitCode(1)
        }
        if NodeStatus.read(runDirectory: runDirectory) != nil {
            StandardError.write("kubearmor: \(path): \(reason), although a daemon runs: \(remedy)")
        } else {
            StandardError.write(
                "no daemon runs with the run directory \(runDirectory): start one, or give its --run-dir")
        }
        return ExitCode(3)
    }

    /// Hands the lines over as they come, some at a time, until `take` answers false.
    ///
    /// - Parameter deadline: no more after it; `take` is called without lines now and then while it waits
    func read(until deadline: ContinuousClock.Instant? = nil, _ take: ([EventLine]) throws -> Bool) rethrows -> End {
        var splitter = LineSplitter()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            if Interruption.isAsked { return .interrupted }
            let rest = deadline.map { ($0 - .now) / .milliseconds(1) } ?? .infinity
            guard rest > 0 else { return .enough }
            let ready = kubearmor_local_wait(
                descriptor, 0, Int32(min(rest, Double(Self.waitMilliseconds)).rounded(.up)))
            guard ready >= 0 else { return .lost }
            guard ready > 0 else {
                guard try take([]) else { return .enough }
                continue
            }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else {
                let last = splitter.end().flatMap(EventLine.init)
                if isFile, let last, try !take([last]) { return .enough }
                return isFile ? .whole : .lost
            }
            let lines = splitter.add(buffer[..<count]).compactMap(EventLine.init)
            // What came before a notice is shown before it.
            for part in lines.split(maxSplits: .max, omittingEmptySubsequences: false, whereSeparator: note) {
                guard try part.isEmpty || take(Array(part)) else { return .enough }
            }
        }
    }

    /// Says what a notice says; true when that is all that is to be done about it.
    private func note(_ line: EventLine) -> Bool {
        switch line["Type"] {
        case "subscribed":
            if !isQuiet {
                StandardError.write("listening for \(line["Records"].split(separator: ",").joined(separator: ", "))")
            }
        case "dropped":
            StandardError.write("\(line["Count"]) records are missing here: they came faster than they were read")
        case "end": StandardError.write("the daemon has stopped")
        case "refused": StandardError.write("kubearmor: the daemon does not serve this command: \(line["Message"])")
        default: return false
        }
        return true
    }
}
