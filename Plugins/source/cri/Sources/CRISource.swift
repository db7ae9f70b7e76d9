// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import RuntimeAPI
internal import Synchronization

/// Tells of the containers of a runtime with the Container Runtime Interface.
final class CRISource: SourceImplementation {
    private static let setting = "criSocket"
    // containerd's own source asks containerd better; so its socket is taken by name only.
    private static let usualPlaces = ["/run/crio/crio.sock", "/var/run/crio/crio.sock"]

    private let host: Host
    private let session = RuntimeSession()
    private let counters = CRICounters()

    private static func socket(_ host: Host) -> SourceSocket {
        SourceSocket.choose(host: host, setting: setting, usual: usualPlaces)
    }

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        socket(host).probe(host: host, source: "cri", setting: setting)
    }

    init(host: Host) throws(PluginFailure) { self.host = host }

    func run() throws(PluginFailure) {
        let (host, counters) = (host, counters)
        let socket = Self.socket(host)
        try session.run {
            try await RuntimeConnection.use(socket) { client in
                try await CRIConversation(client, host: host, counters: counters).hold()
            }
        }
    }

    func stop() { session.stop() }

    func statistics() -> [Statistic] { counters.statistics }

    func close() throws(PluginFailure) {}
}

/// What it has done since it was opened.
final class CRICounters: Sendable {
    let events = Atomic<UInt64>(0)
    let questions = Atomic<UInt64>(0)
    let resyncs = Atomic<UInt64>(0)
    let containers = Atomic<UInt64>(0)

    var statistics: [Statistic] {
        [
            Statistic(name: "events", value: events.load(ordering: .relaxed)),
            Statistic(name: "questions", value: questions.load(ordering: .relaxed)),
            Statistic(name: "resyncs", value: resyncs.load(ordering: .relaxed)),
            Statistic(name: "containers", value: containers.load(ordering: .relaxed)),
        ]
    }
}
