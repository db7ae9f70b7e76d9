// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// One client. Belongs to the server's thread.
final class HTTPConnection {
    /// Bytes that may wait for a client: an answer goes out whole, events that find no room are lost for this client.
    private static let streamLimit = 1 << 20

    let descriptor: Int32
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var sent = 0
    private(set) var isGone = false
    private var endsAfterAnswer = false
    /// Nil for who asks, not nil for who listens.
    private(set) var subscription: LiveEvent.Kinds?
    /// Events that this client has lost and was not told of.
    private var untold: UInt64 = 0
    private(set) var lastActivity = ContinuousClock.now

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    var hasOutput: Bool { sent < output.count }

    /// Events to wait for.
    var interest: Int16 { Int16(hasOutput ? POLLIN | POLLOUT : POLLIN) }

    /// Reads what there is, and answers each request.
    func read(_ answer: (HTTPRequest, HTTPConnection) -> HTTPAnswer?) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // One piece a turn: nobody keeps the others waiting.
        let count = kubearmor_local_receive(descriptor, &bytes, bytes.count)
        guard count > 0 else {
            if count != -EAGAIN && count != -EINTR { isGone = true }
            return
        }
        lastActivity = .now
        // Who listens has nothing more to say, and an answer must be taken before the next request is looked at.
        guard subscription == nil else { return }
        input += bytes[..<Int(count)]
        respond(answer)
    }

    private func respond(_ answer: (HTTPRequest, HTTPConnection) -> HTTPAnswer?) {
        while !endsAfterAnswer, subscription == nil, !input.isEmpty {
            switch HTTPRequest.parse(input) {
            case .incomplete: return
            case .refused(let status):
                refuse(status)
            case .request(let request, let length):
                input.removeFirst(length)
                guard let answer = answer(request, self) else { continue }
                endsAfterAnswer = !request.keepsAlive
                enqueue(answer.bytes(keepsAlive: request.keepsAlive, isHead: request.method == "HEAD"))
                if output.count - sent > 4 * Self.streamLimit { endsAfterAnswer = true }
            }
        }
    }

    /// Answers, and ends the connection then.
    func refuse(_ status: HTTPStatus) {
        endsAfterAnswer = true
        enqueue(HTTPAnswer(status, status.rawValue).bytes(keepsAlive: false, isHead: false))
    }

    /// From now on events are sent.
    func subscribe(_ kinds: LiveEvent.Kinds) {
        subscription = kinds
        enqueue(
            Array(
                ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                    + "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nretry: 2000\n\n").utf8))
    }

    /// Sends events that are wanted; gives how many were lost.
    func send(_ events: [LiveEvent]) -> UInt64 {
        guard let subscription else { return 0 }
        var lost: UInt64 = 0
        for event in events where subscription.contains(event.kind) {
            guard output.count - sent + event.bytes.count <= Self.streamLimit else {
                untold += 1
                lost += 1
                continue
            }
            if untold > 0 {
                enqueue(Array("event: lost\ndata: \(untold)\n\n".utf8))
                untold = 0
            }
            enqueue(event.bytes)
        }
        return lost
    }

    /// Events were lost before anyone looked who wants them.
    func tellLost(_ count: UInt64) {
        if subscription != nil { untold += count }
    }

    /// Shows the client, and everything between, that the stream is alive.
    func beat() {
        if subscription != nil, !hasOutput { enqueue(Array(": \n\n".utf8)) }
    }

    private func enqueue(_ bytes: [UInt8]) {
        if !hasOutput { (output, sent) = ([], 0) }
        output += bytes
    }

    /// Sends what the client takes.
    func write() {
        while hasOutput {
            let count = output.withUnsafeBytes {
                // The bytes are the kernel's when the call returns.
                kubearmor_local_send(descriptor, $0.baseAddress.map { $0 + sent }, min($0.count - sent, 1 << 20))
            }
            if count > 0 {
                sent += Int(count)
                lastActivity = .now
            } else if count == -EAGAIN {
                break
            } else if count != -EINTR {
                isGone = true
                return
            }
        }
        if !hasOutput {
            (output, sent) = ([], 0)
            if endsAfterAnswer { isGone = true }
        } else if sent > 1 << 18 {
            output.removeFirst(sent)
            sent = 0
        }
    }
}
