// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CLinux
import Daemon
import EventRecording
import Glibc

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Records raw events with who their workloads are.",
        discussion: """
            What the running daemon's plugins report goes into the file as they report it, until --duration, --limit \
            or an interruption. The monitor replay plays such a file back, `profile`, `policy test --recording` and \
            `policy diff --against` read it. Ends with 0 when done, 1 when the connection was lost or the file cannot \
            be written, 3 when no daemon runs.
            """)

    @Argument(help: "The file, which must not exist; - for standard output.") var file: String
    @Option(help: ArgumentHelp("End after so long.", valueName: "seconds")) var duration: Int?
    @Option(help: "End after so many events.") var limit: UInt64?
    @Option(name: .customLong("run-dir"), help: "Run directory of the daemon that is asked.")
    var runDirectory = "/run/kubearmor"
    @Flag(help: "Replace the file when there is one.") var force = false

    func validate() throws {
        if let duration, duration < 1 { throw ValidationError("--duration is 1 or more seconds") }
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
    }

    func run() throws {
        Interruption.listen()
        let path = "\(runDirectory)/record.sock"
        let input = kubearmor_local_connect(path)
        guard input >= 0 else { throw EventInput.refused(path, runDirectory, -input, remedy: "look into its log") }
        defer { close(input) }
        let output = try openFile()
        var recording = Recording(output: output)
        let isWhole = try record(from: input, into: &recording)
        let isSynced = output == STDOUT_FILENO || close(output) == 0
        let missing = recording.dropped > 0 ? ", \(recording.dropped) are missing" : ""
        StandardError.write("\(recording.events) events recorded\(missing)")
        guard isSynced, isWhole else { throw ExitCode(1) }
    }

    private func openFile() throws -> Int32 {
        if file == "-" { return STDOUT_FILENO }
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (force ? O_TRUNC : O_EXCL)
        let output = open(file, flags, 0o600)
        if output < 0 {
            let remedy = errno == EEXIST ? ": name another, or give --force" : ""
            StandardError.write("kubearmor: \(file): \(String(cString: strerror(errno)))\(remedy)")
            throw ExitCode(1)
        }
        return output
    }

    /// False when the connection was lost.
    private func record(from input: Int32, into recording: inout Recording) throws -> Bool {
        let deadline = duration.map { ContinuousClock.now + .seconds($0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var isAnnounced = false
        while !Interruption.isAsked, recording.events < limit ?? .max, deadline.map({ .now < $0 }) ?? true {
            guard kubearmor_local_wait(input, 0, 100) > 0 else { continue }
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else {
                if !recording.hasEnded { StandardError.write("the connection to the daemon was lost") }
                return recording.hasEnded
            }
            try recording.add(buffer[..<count], limit: limit ?? .max)
            if !isAnnounced { StandardError.write("recording") }
            isAnnounced = true
        }
        try recording.finish()
        return true
    }
}

/// A recording on its way into a file: whole frames only.
private struct Recording {
    let output: Int32
    private var reader = RecordingReader()
    private var rest: [UInt8] = []
    private var written = 0
    var events: UInt64 = 0
    var dropped: UInt64 = 0
    var hasEnded = false

    init(output: Int32) { self.output = output }

    mutating func add(_ bytes: ArraySlice<UInt8>, limit: UInt64) throws {
        reader.add(bytes)
        rest += bytes
        do {
            while events < limit, let item = try reader.next() {
                switch item {
                case .workload: break
                case .event: events += 1
                case .dropped(let count): dropped += count
                case .end: hasEnded = true
                }
            }
        } catch {
            StandardError.write("kubearmor: the daemon: \(error)")
            throw ExitCode(1)
        }
        let whole = reader.wholeBytes - written
        try write(Array(rest.prefix(whole)))
        rest.removeFirst(whole)
        written += whole
    }

    /// Says that the file is whole.
    mutating func finish() throws {
        guard !hasEnded else { return }
        var writer = RecordingWriter()
        writer.end()
        try write(writer.bytes)
    }

    private func write(_ bytes: [UInt8]) throws {
        let result = kubearmor_write_all(output, bytes, bytes.count)
        guard result == 0 else {
            StandardError.write("kubearmor: the recording cannot be written: \(String(cString: strerror(-result)))")
            throw ExitCode(1)
        }
    }
}
