// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Hands alerts, logs and messages as lines of JSON to programs on this node that connect to `events.sock` in the
/// daemon's `runDir`. A slow one loses its own lines and is told how many; nobody else waits for it.
final class LocalFeeder: FeederImplementation {
    /// Programs that are still there when the daemon stops get so long for what is left.
    private static let endLimit = Duration.milliseconds(300)
    /// Of a Unix socket's address, with its NUL.
    private static let pathLimit = 108

    private let subscribers = SubscriberSet()
    private let listener: SubscriberListener
    private var encoder = LineEncoder()

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        do {
            let path = try socketPath(host)
            return ProbeResult(
                usable: true, mode: path.utf8.count < 64 ? path : "unix",
                capabilities: ["publish.alert", "publish.log", "publish.message"])
        } catch {
            return ProbeResult(usable: false, reason: error.message)
        }
    }

    init(host: Host) throws(PluginFailure) {
        listener = try SubscriberListener(path: try Self.socketPath(host), subscribers: subscribers)
    }

    private static func socketPath(_ host: Host) throws(PluginFailure) -> String {
        let path = "\(host.setting("runDir") ?? "/run/kubearmor")/events.sock"
        guard path.utf8.count < pathLimit, path.hasPrefix("/"), path != "/events.sock" else {
            throw PluginFailure(code: ENAMETOOLONG, message: "\(path) cannot be a socket's path: set another runDir")
        }
        return path
    }

    /// Takes all of them: what a subscriber cannot take is counted for that subscriber.
    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int {
        let wanted = subscribers.wanted
        guard !wanted.isEmpty else {
            subscribers.count(accepted: records.count, unwatched: records.count)
            return records.count
        }
        encoder.start()
        var kinds: [Wish] = []
        for record in records {
            let kind = Wish(record.kind)
            guard !kind.isEmpty, wanted.contains(kind), encoder.append(record) else { continue }
            kinds.append(kind)
        }
        subscribers.count(accepted: records.count, unwatched: records.count - kinds.count)
        guard !kinds.isEmpty else { return records.count }
        var lines = Lines()
        (lines.bytes, lines.ends) = (encoder.bytes, encoder.lineEnds)
        if subscribers.offer(lines, kinds: kinds) { listener.wake() }
        return records.count
    }

    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {
        subscribers.drain(within: .milliseconds(min(max(deadlineMilliseconds, 0), 500)))
    }

    /// The socket stays where it is: runDir takes effect at a start.
    func reopen() throws(PluginFailure) {}

    func statistics() -> [Statistic] { subscribers.statistics }

    func close() throws(PluginFailure) {
        listener.stop()
        subscribers.end(within: Self.endLimit)
    }
}
