// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit
internal import Synchronization

/// Answers clients and sends them events, on one thread: a client that does not read costs its own buffer, which is
/// bounded, and nobody's time.
final class HTTPServer: Sendable {
    private static let connectionLimit = 64
    private static let idleLimit = Duration.seconds(30)
    private static let beatMilliseconds: Int32 = 10_000
    /// Alerts and messages that a new subscriber gets first.
    private static let recentLimit = 200

    private struct State {
        /// One that is to be used from now on.
        var listener: Int32 = -1
        var address: HTTPAddress
    }

    private let worker: Worker
    private let inbox: LiveInbox
    private let state: Mutex<State>
    let subscribers = Atomic<Int>(0)
    let lostEvents = Atomic<UInt64>(0)

    init(_ address: HTTPAddress, inbox: LiveInbox) throws(PluginFailure) {
        self.inbox = inbox
        worker = try Worker()
        state = Mutex(State(listener: try Self.listen(address), address: address))
    }

    /// - Parameter answer: called on the server's thread; nil for a request that became a subscription
    func start(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) throws(PluginFailure) {
        try worker.start(name: "http-serve") { [self] in run(answer) }
    }

    func wake() { worker.wake() }

    func stop() {
        worker.stop()
        let listener = state.withLock { state in
            defer { state.listener = -1 }
            return state.listener
        }
        if listener >= 0 { close(listener) }
    }

    /// Listens at another address from now on. On failure the old one stays in use.
    func use(_ address: HTTPAddress) throws(PluginFailure) {
        let old = state.withLock { $0.address }
        guard address != old else { return }
        let isSamePlace = address.host == old.host && address.port == old.port
        let listener = isSamePlace ? -1 : try Self.listen(address)
        let unused = state.withLock { state in
            defer {
                state.address = address
                if listener >= 0 { state.listener = listener }
            }
            return listener >= 0 ? state.listener : -1
        }
        if unused >= 0 { close(unused) }
        worker.wake()
    }

    private static func listen(_ address: HTTPAddress) throws(PluginFailure) -> Int32 {
        let listener = kubearmor_network_listen(address.host, address.port)
        guard listener >= 0 else {
            let text = String(cString: strerror(-listener))
            throw PluginFailure(
                code: -listener,
                message: "\(address.host) port \(address.port): \(text): set \(HTTPAddress.settingKey) to a free one")
        }
        return listener
    }

    private func run(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer) {
        var listener: Int32 = -1
        var connections: [HTTPConnection] = []
        var recent: [LiveEvent] = []
        var nextBeat = ContinuousClock.now + .milliseconds(Self.beatMilliseconds)
        defer { if listener >= 0 { close(listener) } }
        while !worker.isStopping {
            takeListener(&listener)
            let isOpen = connections.count < Self.connectionLimit
            var entries = [pollfd(fd: isOpen ? listener : -1, events: Int16(POLLIN), revents: 0)]
            entries += connections.map { pollfd(fd: $0.descriptor, events: $0.interest, revents: 0) }
            _ = worker.wait(for: &entries, milliseconds: connections.isEmpty ? -1 : 1000)
            distribute(to: connections, &recent)
            for (entry, connection) in zip(entries.dropFirst(), connections) {
                guard entry.revents & ~Int16(POLLOUT) != 0 else { continue }
                connection.read { request, connection in
                    if let refusal = self.refusal(of: request) { return refusal }
                    guard request.path == "/events" else { return answer(request) }
                    return self.subscribe(connection, request, recent)
                }
            }
            let now = ContinuousClock.now
            if now >= nextBeat {
                for connection in connections { connection.beat() }
                nextBeat = now + .milliseconds(Self.beatMilliseconds)
            }
            for connection in connections where connection.hasOutput { connection.write() }
            connections.removeAll { $0.isGone || now - $0.lastActivity > Self.idleLimit }
            if entries[0].revents != 0 { accept(listener, &connections) }
            account(connections)
        }
    }

    private func takeListener(_ listener: inout Int32) {
        let new = state.withLock { state in
            defer { state.listener = -1 }
            return state.listener
        }
        guard new >= 0 else { return }
        if listener >= 0 { close(listener) }
        listener = new
    }

    private func accept(_ listener: Int32, _ connections: inout [HTTPConnection]) {
        while connections.count < Self.connectionLimit {
            let descriptor = kubearmor_local_accept(listener)
            if descriptor >= 0 {
                connections.append(HTTPConnection(descriptor))
            } else {
                // No descriptor is free: whoever waits is looked at again a little later, not at once.
                if descriptor == -EMFILE || descriptor == -ENFILE { worker.pause(milliseconds: 100) }
                return
            }
        }
    }

    private func distribute(to connections: [HTTPConnection], _ recent: inout [LiveEvent]) {
        let (events, lost) = inbox.take()
        guard !events.isEmpty || lost > 0 else { return }
        var count = lost
        for connection in connections {
            connection.tellLost(lost)
            count += connection.send(events)
        }
        lostEvents.wrappingAdd(count, ordering: .relaxed)
        recent += events.filter { $0.kind != .logs }.suffix(Self.recentLimit)
        if recent.count > Self.recentLimit { recent.removeFirst(recent.count - Self.recentLimit) }
    }

    private func refusal(of request: HTTPRequest) -> HTTPAnswer? {
        if let host = request.host, !state.withLock({ $0.address.accepts(host: host) }) {
            return HTTPAnswer(.misdirected, "this host name is not one of the setting httpNames")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var answer = HTTPAnswer(.methodNotAllowed, "only GET and HEAD")
            answer.head = "Allow: GET, HEAD\r\n"
            return answer
        }
        return nil
    }

    private func subscribe(
        _ connection: HTTPConnection, _ request: HTTPRequest, _ recent: [LiveEvent]
    ) -> HTTPAnswer? {
        guard let kinds = LiveEvent.Kinds(words: request.query["kind"]) else {
            return HTTPAnswer(.badRequest, "kind is alert, log, message or all, comma separated")
        }
        if request.method == "HEAD" { return HTTPAnswer(type: "text/event-stream", body: []) }
        connection.subscribe(kinds)
        // What a browser that connects again has seen is not sent twice.
        let seen = request.lastEventID ?? 0
        _ = connection.send(recent.filter { $0.sequence > seen })
        return nil
    }

    private func account(_ connections: [HTTPConnection]) {
        let wanted = connections.compactMap(\.subscription)
        subscribers.store(wanted.count, ordering: .relaxed)
        inbox.want(wanted.reduce([]) { $0.union($1) })
    }
}
