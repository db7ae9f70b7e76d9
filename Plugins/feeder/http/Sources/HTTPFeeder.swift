// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import HTTPFeederNote
internal import JSON
internal import PluginKit
internal import Synchronization

/// Serves metrics, health and a page with live alerts.
final class HTTPFeeder: FeederImplementation {
    private let host: Host
    private let inbox = LiveInbox()
    private let counters = RecordCounters()
    private let server: HTTPServer
    private let site: Site
    private var encoder = LineEncoder()
    private var accepted: UInt64 = 0
    private var unsupported: UInt64 = 0

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        let capabilities = ["publish.alert", "publish.log", "publish.message"]
        do {
            let address = try HTTPAddress(host: host)
            return ProbeResult(usable: true, mode: "\(address.host) port \(address.port)", capabilities: capabilities)
        } catch {
            return ProbeResult(usable: false, reason: error.message, capabilities: capabilities)
        }
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        server = try HTTPServer(HTTPAddress(host: host), inbox: inbox)
        site = Site(host: host, counters: counters, server: server)
        try server.start(site.answer)
    }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int {
        var count = 0
        var isNews = false
        for record in records {
            guard let kind = record.kind else { continue }
            count += 1
            counters.count(record)
            guard inbox.isWanted(kind) else { continue }
            inbox.put(LiveEvent(record, kind, encoder: &encoder))
            isNews = true
        }
        accepted += UInt64(count)
        unsupported += UInt64(records.count - count)
        if isNews { server.wake() }
        return count
    }

    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {}

    func reopen() throws(PluginFailure) { try server.use(HTTPAddress(host: host)) }

    func statistics() -> [Statistic] {
        [
            Statistic(name: "accepted", value: accepted), Statistic(name: "delivered", value: accepted),
            Statistic(name: "dropped.unsupported", value: unsupported),
            Statistic(name: "subscribers", value: UInt64(server.subscribers.load(ordering: .relaxed))),
            Statistic(name: "lost_events", value: server.lostEvents.load(ordering: .relaxed)),
        ]
    }

    func close() throws(PluginFailure) { server.stop() }
}
