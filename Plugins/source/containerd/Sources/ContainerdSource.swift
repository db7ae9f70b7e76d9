// SPDX-License-Identifier: Apache-2.0
internal import PluginKit
internal import RuntimeAPI
internal import Synchronization

/// Tells of the containers of containerd, in all its namespaces.
final class ContainerdSource: SourceImplementation {
    private static let setting = "containerdSocket"
    private static let usualPlaces = [
        "/run/containerd/containerd.sock", "/var/snap/microk8s/common/run/containerd.sock",
        "/run/k3s/containerd/containerd.sock", "/var/run/containerd/containerd.sock",
    ]

    private let host: Host
    private let session = RuntimeSession()
    private let counters = ContainerdCounters()

    private static func socket(_ host: Host) -> SourceSocket {
        SourceSocket.choose(host: host, setting: setting, usual: usualPlaces)
    }

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        socket(host).probe(host: host, source: "containerd", setting: setting)
    }

    init(host: Host) throws(PluginFailure) { self.host = host }

    func run() throws(PluginFailure) {
        let (host, counters) = (host, counters)
        let socket = Self.socket(host)
        try session.run {
            try await RuntimeConnection.use(socket) { client in
                try await ContainerdConversation(client, host: host, counters: counters).hold()
            }
        }
    }

    func stop() { session.stop() }

    func statistics() -> [Statistic] { counters.statistics }

    func close() throws(PluginFailure) {}
}

/// What it has done since it was opened.
final class ContainerdCounters: Sendable {
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
