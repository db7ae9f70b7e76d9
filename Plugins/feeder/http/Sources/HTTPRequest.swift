// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// A request without a body.
struct HTTPRequest: Sendable, Hashable {
    static let headLimit = 8192

    var method = ""
    var path = ""
    var query: [String: String] = [:]
    var host: String?
    var lastEventID: UInt64?
    var keepsAlive = true

    /// What the bytes are that a client has sent so far.
    enum Outcome: Hashable {
        /// The end of the head is still to come.
        case incomplete
        /// The request, and how many bytes it was.
        case request(HTTPRequest, length: Int)
        /// Answered with this status, and the connection ends.
        case refused(HTTPStatus)
    }

    static func parse(_ bytes: [UInt8]) -> Outcome {
        guard let end = endOfHead(bytes) else {
            return bytes.count > headLimit ? .refused(.headTooLarge) : .incomplete
        }
        guard end <= headLimit else { return .refused(.headTooLarge) }
        let lines = String(decoding: bytes[..<end], as: UTF8.self)
            .split(whereSeparator: { $0 == "\r\n" || $0 == "\n" })
        let words = lines.first?.split(separator: " ", omittingEmptySubsequences: false) ?? []
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
            return .refused(.badRequest)
        }
        var request = HTTPRequest()
        request.method = String(words[0])
        request.keepsAlive = words[2] == "HTTP/1.1"
        request.take(target: words[1])
        var hosts = 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex, line.first != " ", line.first != "\t"
            else { return .refused(.badRequest) }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch line[..<colon].lowercased() {
            case "host":
                hosts += 1
                request.host = value.filter { $0 != " " && $0 != "\t" }
            case "connection":
                if value.lowercased().contains("close") { request.keepsAlive = false }
            case "last-event-id":
                request.lastEventID = UInt64(value)
            case "transfer-encoding":
                return .refused(.contentTooLarge)
            case "content-length":
                guard value == "0" else { return .refused(.contentTooLarge) }
            default: break
            }
        }
        guard hosts == 1 || (hosts == 0 && words[2] == "HTTP/1.0") else { return .refused(.badRequest) }
        return .request(request, length: end)
    }

    private mutating func take(target: Substring) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
        }
    }

    /// Behind the empty line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var lineStart = 0
        for index in bytes.indices.prefix(headLimit + 2) where bytes[index] == 0x0a {
            let length = index - lineStart
            if length == 0 || (length == 1 && bytes[lineStart] == 0x0d) { return index + 1 }
            lineStart = index + 1
        }
        return nil
    }
}

/// What an answer begins with.
enum HTTPStatus: String, Sendable {
    case ok = "200 OK"
    case badRequest = "400 Bad Request"
    case notFound = "404 Not Found"
    case methodNotAllowed = "405 Method Not Allowed"
    case contentTooLarge = "413 Content Too Large"
    case misdirected = "421 Misdirected Request"
    case headTooLarge = "431 Request Header Fields Too Large"
    case unavailable = "503 Service Unavailable"
}

/// An answer with all of its body.
struct HTTPAnswer: Sendable {
    var status = HTTPStatus.ok
    var type = "text/plain; charset=utf-8"
    /// Further lines of the head, each with its end.
    var head = ""
    var body: [UInt8] = []

    init(_ status: HTTPStatus, _ text: String) {
        self.status = status
        body = Array((text + "\n").utf8)
    }

    init(type: String, body: [UInt8]) {
        self.type = type
        self.body = body
    }

    /// - Parameter isHead: the body stays away
    func bytes(keepsAlive: Bool, isHead: Bool) -> [UInt8] {
        let text =
            "HTTP/1.1 \(status.rawValue)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
            + "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\(head)"
            + "Connection: \(keepsAlive ? "keep-alive" : "close")\r\n\r\n"
        return Array(text.utf8) + (isHead ? [] : body)
    }
}
