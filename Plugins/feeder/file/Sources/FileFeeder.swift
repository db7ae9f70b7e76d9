// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Writes alerts and logs as lines of JSON, to the place that the setting `logPath` names.
final class FileFeeder: FeederImplementation {
    /// A pipe's reader may hold up one batch for so long; half of what the contract gives an entry.
    private static let appendLimit = Duration.seconds(1)

    private let host: Host
    private var target: LogTarget
    private var sink: LineSink?
    private var encoder = LineEncoder()
    /// What is missing of a line that was written in part: it goes out before anything else.
    private var remainder: [UInt8] = []
    /// Whether the remainder belongs to a record; otherwise it is the newline that a stranger's last line lacks.
    private var remainderIsRecord = false
    private var accounting = Accounting()
    private var rotation: Rotation
    private var rotations: UInt64 = 0
    /// Why the file could not be rotated last, nil when it could: each change is logged once.
    private var rotationTrouble: String?
    /// The positive errno value of the last write, nil when that succeeded: each change is logged once.
    private var trouble: Int32?

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        do {
            let target = try LogTarget(host: host)
            try LineSink.check(target)
            return ProbeResult(
                usable: true, reason: target == .none ? "logPath is none: nothing is written" : "",
                mode: target.mode, capabilities: ["publish.alert", "publish.log"])
        } catch {
            return ProbeResult(usable: false, reason: error.message)
        }
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        target = try LogTarget(host: host)
        rotation = Rotation(host: host)
        sink = try LineSink.open(target)
        completeStrangersLine()
    }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int {
        guard let sink else {
            accounting.drop(records.count, .disabled)
            return 0
        }
        encoder.start(with: remainder)
        for record in records {
            switch record.kind {
            case .alert, .log: encoder.append(record)
            case .message, nil: accounting.drop(1, .unsupported)
            }
        }
        return write(to: rotated(sink), within: FileFeeder.appendLimit)
    }

    /// The sink to write the encoder's lines to: a new file when they do not fit into the old one. A line that was
    /// written in part is ended where it began.
    private func rotated(_ old: LineSink) -> LineSink {
        guard case .file(let path) = target, remainder.isEmpty, rotation.limitBytes > 0, let size = old.size,
            rotation.isDue(size: size, adding: encoder.bytes.count)
        else { return old }
        do throws(PluginFailure) {
            // Someone else may have moved it away already.
            if old.isFile(at: path) { try rotation.shift(path) }
            guard let new = try LineSink.open(target) else { return old }
            (sink, rotationTrouble) = (new, nil)
            rotations += 1
            // Never so for a file that was just made, but for one of a stranger.
            guard new.endsWithinLine else { return new }
            _ = new.append([UInt8(ascii: "\n")], within: FileFeeder.appendLimit)
            return new
        } catch {
            if rotationTrouble != error.message { host.log(.warning, error.message) }
            rotationTrouble = error.message
            return old
        }
    }

    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {
        guard let sink, !remainder.isEmpty else { return }
        encoder.start(with: remainder)
        _ = write(to: sink, within: .milliseconds(max(deadlineMilliseconds, 0)))
        if let trouble {
            throw PluginFailure(
                code: trouble, message: "\(place): \(String(cString: strerror(trouble))): the last line is incomplete")
        }
    }

    func reopen() throws(PluginFailure) {
        let newTarget = try LogTarget(host: host)
        rotation = Rotation(host: host)
        let newSink = try LineSink.open(newTarget)
        if let sink, let newSink, sink.isSameFile(as: newSink) {
            // The same file: what is missing of its last line still fits there.
            self.sink = newSink
            return
        }
        if remainderIsRecord {
            accounting.drop(1, .torn)
        }
        (target, sink) = (newTarget, newSink)
        (remainder, remainderIsRecord) = ([], false)
        trouble = nil
        completeStrangersLine()
    }

    func statistics() -> [Statistic] {
        accounting.statistics + [Statistic(name: "rotations", value: rotations)]
    }

    func close() throws(PluginFailure) {
        if remainderIsRecord {
            accounting.drop(1, .torn)
        }
        sink = nil
    }

    private var place: String {
        if case .file(let path) = target { path } else { "stdout" }
    }

    private func completeStrangersLine() {
        if let sink, sink.endsWithinLine {
            remainder = [UInt8(ascii: "\n")]
        }
    }

    /// Writes the encoder's lines and accounts for them; gives how many new records were accepted. A line that went
    /// out in part is accepted: the rest of it follows as soon as there is room.
    private func write(to sink: LineSink, within limit: Duration) -> Int {
        let ends = encoder.lineEnds
        guard !ends.isEmpty else { return 0 }
        let outcome = sink.append(encoder.bytes, within: limit)
        let hadRemainder = !remainder.isEmpty
        let oldRecords = hadRemainder && remainderIsRecord ? 1 : 0
        let whole = ends.count { $0 <= outcome.written }
        let wholeNew = max(0, whole - (hadRemainder ? 1 : 0))
        accounting.delivered += UInt64(wholeNew + (whole > 0 ? oldRecords : 0))

        var accepted = wholeNew
        let lineStart = whole == 0 ? 0 : ends[whole - 1]
        if whole == 0 && hadRemainder {
            remainder = Array(encoder.bytes[outcome.written..<ends[0]])
        } else if outcome.written > lineStart {
            remainder = Array(encoder.bytes[outcome.written..<ends[whole]])
            remainderIsRecord = true
            accepted += 1
        } else {
            (remainder, remainderIsRecord) = ([], false)
        }
        accounting.accepted += UInt64(accepted)
        let new = ends.count - (hadRemainder ? 1 : 0)
        accounting.drop(new - accepted, Accounting.Reason(errno: outcome.failure ?? 0))
        note(outcome.failure)
        return accepted
    }

    private func note(_ failure: Int32?) {
        guard failure != trouble else { return }
        trouble = failure
        if let failure {
            let text = String(cString: strerror(failure))
            host.log(.warning, "\(place): \(text): alerts and logs are dropped and counted until it takes lines again")
        } else {
            host.log(.info, "\(place): takes lines again")
        }
    }
}
