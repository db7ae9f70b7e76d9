// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// One question to an HTTP/1.1 server and the answer, which may go on for as long as the connection does.
final class HTTPExchange {
    /// Longer heads, and longer answers to a question, are no engine's.
    private static let headLimit = 65_536
    private static let bodyLimit = 64 << 20

    private enum Framing {
        case length(Int)
        /// Bytes that are left of the piece; its end follows.
        case piece(Int)
        /// A piece's length follows.
        case pieces
        case untilEnd
    }

    private let stream: UnixStream
    private var buffer: [UInt8] = []
    private var framing = Framing.untilEnd
    private var isAtEnd = false
    private(set) var status = 0

    /// Asks, and reads the head of the answer.
    init(_ stream: UnixStream, get target: String, deadline: ContinuousClock.Instant) throws(PluginFailure) {
        self.stream = stream
        try stream.write(
            "GET \(target) HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kubearmor\r\nAccept: application/json\r\n"
                + "Connection: close\r\n\r\n", deadline: deadline)
        var head: [UInt8] = []
        while true {
            guard let line = try line(deadline: deadline) else { throw malformed("it ends within its head") }
            if line.isEmpty { break }
            head += line + [0x0a]
            guard head.count < Self.headLimit else { throw malformed("its head is too long") }
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw malformed("it does not begin with a status")
        }
        self.status = status
        for line in lines.dropFirst() { try take(header: line) }
    }

    private func take(header line: Substring) throws(PluginFailure) {
        guard let colon = line.firstIndex(of: ":") else { throw malformed("a header has no colon") }
        let value = line[line.index(after: colon)...].lowercased().filter { $0 != " " && $0 != "\t" }
        switch line[..<colon].lowercased() {
        case "transfer-encoding" where value == "chunked":
            framing = .pieces
        case "content-length":
            guard let length = Int(value), length >= 0 else { throw malformed("its length is no number") }
            if case .untilEnd = framing { framing = .length(length) }
        default: break
        }
    }

    /// All of the answer.
    func body(deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8] {
        var body: [UInt8] = []
        while let piece = try next(deadline: deadline) {
            body += piece
            guard body.count <= Self.bodyLimit else { throw malformed("it is too long") }
        }
        return body
    }

    /// The next bytes of the answer; nil at its end. After ETIMEDOUT it goes on where it was.
    func next(deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        switch framing {
        case .untilEnd:
            return try some(of: .max, deadline: deadline)
        case .length(let rest):
            guard rest > 0 else { return nil }
            guard let piece = try some(of: rest, deadline: deadline) else { throw malformed("it ends too early") }
            framing = .length(rest - piece.count)
            return piece
        case .pieces:
            try beginPiece(deadline: deadline)
            return try next(deadline: deadline)
        case .piece(0):
            guard try line(deadline: deadline)?.isEmpty == true else { throw malformed("a piece of it is too long") }
            framing = .pieces
            return try next(deadline: deadline)
        case .piece(let rest):
            guard let piece = try some(of: rest, deadline: deadline) else { throw malformed("it ends too early") }
            framing = .piece(rest - piece.count)
            return piece
        }
    }

    private func beginPiece(deadline: ContinuousClock.Instant) throws(PluginFailure) {
        guard let line = try line(deadline: deadline) else { throw malformed("it ends too early") }
        let digits = String(decoding: line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }, as: UTF8.self)
        guard let size = Int(digits, radix: 16), (0...Self.bodyLimit).contains(size) else {
            throw malformed("a piece of it has no length")
        }
        // What may follow the last piece is of no interest.
        if size == 0 { isAtEnd = true } else { framing = .piece(size) }
    }

    /// Up to so many bytes, at least one; nil at the end of the connection.
    private func some(of limit: Int, deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8]? {
        if buffer.isEmpty {
            buffer = try stream.read(deadline: deadline)
            if buffer.isEmpty {
                isAtEnd = true
                return nil
            }
        }
        let count = min(limit, buffer.count)
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Without its end; nil at the end of the connection.
    private func line(deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) {
                defer { buffer.removeFirst(end + 1) }
                let line = buffer[..<end]
                return Array(line.last == 0x0d ? line.dropLast() : line)
            }
            searched = buffer.count
            guard searched < Self.headLimit else { throw malformed("a line of it is too long") }
            let more = try stream.read(deadline: deadline)
            guard !more.isEmpty else { return nil }
            buffer += more
        }
    }

    private func malformed(_ reason: String) -> PluginFailure {
        PluginFailure(code: EPROTO, message: "\(stream.socket.path): the answer cannot be understood: \(reason)")
    }
}
