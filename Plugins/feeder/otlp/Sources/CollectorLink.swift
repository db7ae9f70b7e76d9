// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// A connection to a collector that is asked one thing after another (HTTP/1.1).
final class CollectorLink {
    struct Answer {
        var status = 0
        /// Seconds, when the collector says so.
        var retryAfter: Int32?
        var body: [UInt8] = []
        var keepsAlive = true
    }

    private static let connectMilliseconds: Int32 = 1000
    private static let answerLimit = Duration.seconds(10)
    private static let sizeLimit = 1 << 20

    private let descriptor: Int32
    private let worker: Worker
    private var input: [UInt8] = []
    private(set) var isReusable = true

    init(_ address: CollectorAddress, worker: Worker) throws(PluginFailure) {
        self.worker = worker
        descriptor = kubearmor_network_connect(address.host, address.port, 0, Self.connectMilliseconds)
        guard descriptor >= 0 else { throw Self.failure(-descriptor) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    static func failure(_ number: Int32) -> PluginFailure {
        PluginFailure(
            code: number, message: number == ENXIO ? "there is no such host" : String(cString: strerror(number)))
    }

    /// Sends JSON and reads the answer. After a failure the connection is of no use.
    func post(_ body: [UInt8], to path: String, of address: CollectorAddress) throws(PluginFailure) -> Answer {
        isReusable = false
        let head =
            "POST \(address.path)\(path) HTTP/1.1\r\nHost: \(address.name)\r\nUser-Agent: kubearmor\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        let deadline = ContinuousClock.now + Self.answerLimit
        try send(Array(head.utf8), deadline: deadline)
        try send(body, deadline: deadline)
        let answer = try readAnswer(deadline: deadline)
        isReusable = answer.keepsAlive
        return answer
    }

    private func send(_ bytes: [UInt8], deadline: ContinuousClock.Instant) throws(PluginFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                // The bytes are the kernel's when the call returns.
                kubearmor_local_send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent)
            }
            if count >= 0 {
                sent += Int(count)
            } else if count == -EAGAIN {
                try wait(for: POLLOUT, deadline)
            } else if count != -EINTR {
                throw Self.failure(-count)
            }
        }
    }

    private func receive(_ deadline: ContinuousClock.Instant) throws(PluginFailure) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = kubearmor_local_receive(descriptor, &bytes, bytes.count)
            if count >= 0 {
                input += bytes[..<Int(count)]
                guard input.count <= Self.sizeLimit else { throw Self.malformed }
                return count > 0
            }
            if count == -EAGAIN {
                try wait(for: POLLIN, deadline)
            } else if count != -EINTR {
                throw Self.failure(-count)
            }
        }
    }

    private func wait(for events: Int32, _ deadline: ContinuousClock.Instant) throws(PluginFailure) {
        let number = worker.wait(for: descriptor, events: events, until: deadline)
        guard number == 0 else { throw Self.failure(number) }
    }

    private static let malformed = PluginFailure(code: EPROTO, message: "its answer is no HTTP/1.1")

    private func line(_ deadline: ContinuousClock.Instant) throws(PluginFailure) -> String {
        while true {
            if let end = input.firstIndex(of: 0x0a) {
                defer { input.removeFirst(end + 1) }
                let line = input[..<end]
                return String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self)
            }
            guard try receive(deadline) else { throw Self.failure(ECONNRESET) }
        }
    }

    private func readAnswer(deadline: ContinuousClock.Instant) throws(PluginFailure) -> Answer {
        var answer = Answer()
        var length: Int?
        var isChunked = false
        let words = try line(deadline).split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), status >= 200 else {
            throw Self.malformed
        }
        answer.status = status
        answer.keepsAlive = words[0] == "HTTP/1.1"
        while true {
            let line = try line(deadline)
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw Self.malformed }
            let value = line[line.index(after: colon)...].lowercased().filter { $0 != " " && $0 != "\t" }
            switch line[..<colon].lowercased() {
            case "content-length": length = Int(value)
            case "transfer-encoding": isChunked = value == "chunked"
            case "connection": if value == "close" { answer.keepsAlive = false }
            // A date is no number: then the usual wait holds.
            case "retry-after": answer.retryAfter = Int32(value)
            default: break
            }
        }
        if status == 204 { return answer }
        if isChunked {
            try readPieces(into: &answer, deadline)
        } else if let length {
            answer.body = try take(length, deadline)
        } else {
            while try receive(deadline) {}
            (answer.body, input, answer.keepsAlive) = (input, [], false)
        }
        return answer
    }

    private func readPieces(into answer: inout Answer, _ deadline: ContinuousClock.Instant) throws(PluginFailure) {
        while true {
            let head = try line(deadline).prefix { $0 != ";" && $0 != " " }
            guard let size = Int(head, radix: 16) else { throw Self.malformed }
            answer.body += try take(size, deadline)
            guard answer.body.count <= Self.sizeLimit else { throw Self.malformed }
            if size > 0 {
                guard try line(deadline).isEmpty else { throw Self.malformed }
            } else {
                while try !line(deadline).isEmpty {}
                return
            }
        }
    }

    private func take(_ count: Int, _ deadline: ContinuousClock.Instant) throws(PluginFailure) -> [UInt8] {
        guard (0...Self.sizeLimit).contains(count) else { throw Self.malformed }
        while input.count < count {
            guard try receive(deadline) else { throw Self.failure(ECONNRESET) }
        }
        defer { input.removeFirst(count) }
        return Array(input[..<count])
    }
}
