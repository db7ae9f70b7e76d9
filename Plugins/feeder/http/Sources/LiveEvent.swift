// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// A record as an event of a stream that browsers read (server-sent events).
struct LiveEvent: Sendable {
    /// Which kinds a subscriber wants.
    struct Kinds: OptionSet, Sendable, Hashable {
        let rawValue: Int
        static let alerts = Kinds(rawValue: 1)
        static let logs = Kinds(rawValue: 2)
        static let messages = Kinds(rawValue: 4)

        init(rawValue: Int) { self.rawValue = rawValue }

        init(_ kind: Record.Kind) {
            switch kind {
            case .alert: self = .alerts
            case .log: self = .logs
            case .message: self = .messages
            }
        }

        /// `alert,message`; nil when a word is none of the kinds. Without words alerts and messages.
        init?(words: String?) {
            guard let words else {
                self = [.alerts, .messages]
                return
            }
            self = []
            for word in words.split(separator: ",") {
                switch word {
                case "alert": insert(.alerts)
                case "log": insert(.logs)
                case "message": insert(.messages)
                case "all": formUnion([.alerts, .logs, .messages])
                default: return nil
                }
            }
            if isEmpty { return nil }
        }
    }

    let kind: Kinds
    let sequence: UInt64
    let bytes: [UInt8]

    init(_ record: Record, _ kind: Record.Kind, encoder: inout LineEncoder) {
        encoder.start()
        encoder.append(record)
        self.kind = Kinds(kind)
        sequence = record.sequence
        var bytes: [UInt8] = []
        bytes.append("id: ")
        bytes.appendDecimal(Int64(clamping: sequence))
        switch kind {
        case .alert: bytes.append("\nevent: alert\ndata: ")
        case .log: bytes.append("\nevent: log\ndata: ")
        case .message: bytes.append("\nevent: message\ndata: ")
        }
        // The line has its newline, which ends the data; an empty line ends the event.
        bytes += encoder.bytes
        bytes.append("\n")
        self.bytes = bytes.exactCopy
    }
}
