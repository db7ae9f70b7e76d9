// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
public import Logging
import Synchronization

/// Writes the daemon's own log to standard error, one line a message.
///
/// Under systemd a line begins with its priority, `<4>`, and the journal adds the time; else with the time and level.
public struct LineLogHandler: LogHandler {
    /// The least level that is written, for all loggers; it can change while the daemon runs.
    private static let threshold = Mutex(Logger.Level.info)

    public var metadata: Logger.Metadata = [:]
    private let forJournal: Bool

    /// - Parameter forJournal: whether standard error is the journal (`JOURNAL_STREAM` is set)
    public init(forJournal: Bool) { self.forJournal = forJournal }

    public var logLevel: Logger.Level {
        get { Self.threshold.withLock { $0 } }
        set { Self.threshold.withLock { $0 = newValue } }
    }

    /// Sets the least level of all loggers; `debug`, `info`, `warning` or `error`.
    public static func setLevel(_ name: String) {
        threshold.withLock { $0 = Logger.Level(rawValue: name) ?? .info }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let text = event.message.description.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: " | ")
        let details = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        var line: String
        if forJournal {
            line = "<\(Self.priority(event.level))>\(text)\(details)\n"
        } else {
            line = "\(EventClock.text(of: EventClock.now().date(of: 0))) \(event.level.rawValue) \(text)\(details)\n"
        }
        line.withUTF8 { bytes in
            // Nobody is left to tell when standard error itself fails.
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
