// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// Which records a subscriber wants.
struct Wish: OptionSet, Hashable {
    let rawValue: UInt8

    static let alerts = Wish(rawValue: 1)
    static let logs = Wish(rawValue: 2)
    static let messages = Wish(rawValue: 4)
    static let all: Wish = [.alerts, .logs, .messages]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What a record is; empty for a kind that this release does not know.
    init(_ kind: Record.Kind?) {
        switch kind {
        case .alert: self = .alerts
        case .log: self = .logs
        case .message: self = .messages
        case nil: self = []
        }
    }

    /// What a subscriber's first line says: the words `alerts`, `logs`, `messages`, `all`; nil when it says another.
    /// An empty line wants all.
    init?(words: some Sequence<UInt8>) {
        var wish: Wish = []
        for word in Array(words).split(whereSeparator: { $0 <= 0x20 || $0 == UInt8(ascii: ",") }) {
            switch String(decoding: word, as: UTF8.self) {
            case "alerts": wish.insert(.alerts)
            case "logs": wish.insert(.logs)
            case "messages": wish.insert(.messages)
            case "all": wish = .all
            default: return nil
            }
        }
        self = wish.isEmpty ? .all : wish
    }

    /// As the answer to the first line names them.
    var json: String {
        let words: [(Wish, String)] = [(.alerts, "alerts"), (.logs, "logs"), (.messages, "messages")]
        return "[\(words.filter { contains($0.0) }.map { "\"\($0.1)\"" }.joined(separator: ","))]"
    }
}
