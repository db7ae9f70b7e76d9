// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit
internal import Synchronization

/// Tells of the containers of pods, and holds each before its first instruction: a plugin of a runtime's Node Resource
/// Interface, which the runtime waits for.
final class NRISource: PreparingSource {
    private static let name = "nri"
    private static let setting = "nriSocket"
    private static let usualPlaces = ["/var/run/nri/nri.sock"]

    private let host: Host
    private let stopping = Atomic<Bool>(false)
    private let wake: Wake
    private let waiting = WaitingContainers()
    private let counters = NRICounters()

    private static let capabilities = ["report.container", "prepare"]

    /// Not by itself where there is a socket: what holds containers can keep them from starting.
    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        let socket = SourceSocket.choose(host: host, setting: setting, usual: usualPlaces)
        let isNamed = SourceSocket.isNamed(name, setting: setting, host: host)
        guard isNamed || host.setting("enableNRI") == "true" else {
            return ProbeResult(
                usable: false, reason: "containers are held by NRI when enableNRI is true, or sources names nri",
                capabilities: capabilities)
        }
        if !isNamed, !socket.isThere {
            return ProbeResult(usable: true, reason: "waits for \(socket.path)", capabilities: capabilities)
        }
        return socket.probe(host: host, source: name, setting: setting, capabilities: capabilities)
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        wake = try Wake()
    }

    func run() throws(PluginFailure) {
        guard !stopping.load(ordering: .acquiring) else { return }
        let socket = SourceSocket.choose(host: host, setting: Self.setting, usual: Self.usualPlaces)
        let channel = try NRIChannel(socket, wake)
        let conversation = NRIConversation(host, channel, waiting, counters)
        // Who asks after it has ended is told that nobody waits.
        defer { _ = waiting.takeAll() }
        try conversation.hold { self.stopping.load(ordering: .acquiring) }
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wake.send()
    }

    func prepare(_ id: String, status: Int32) throws(PluginFailure) {
        guard waiting.settle(id, status: status, now: .now) else {
            throw PluginFailure(code: ETIMEDOUT, message: "the runtime does not wait for container \(id) any more")
        }
        wake.send()
    }

    func statistics() -> [Statistic] { counters.statistics }

    func close() throws(PluginFailure) {}
}

/// Since the source was opened.
final class NRICounters: Sendable {
    let events = Atomic<UInt64>(0)
    let containers = Atomic<UInt64>(0)
    /// Containers whose rule set was in force before they were started.
    let held = Atomic<UInt64>(0)
    /// Not started.
    let refused = Atomic<UInt64>(0)
    /// Started although it was not in force, as the settings have it.
    let allowed = Atomic<UInt64>(0)
    /// Refused or allowed because the daemon did not answer in time.
    let expired = Atomic<UInt64>(0)
    let microseconds = Atomic<UInt64>(0)
    let mostMicroseconds = Atomic<UInt64>(0)

    var statistics: [Statistic] {
        [
            Statistic(name: "events", value: events.load(ordering: .relaxed)),
            Statistic(name: "containers", value: containers.load(ordering: .relaxed)),
            Statistic(name: "held", value: held.load(ordering: .relaxed)),
            Statistic(name: "refused", value: refused.load(ordering: .relaxed)),
            Statistic(name: "allowed", value: allowed.load(ordering: .relaxed)),
            Statistic(name: "expired", value: expired.load(ordering: .relaxed)),
            Statistic(name: "waited_us", value: microseconds.load(ordering: .relaxed)),
            Statistic(name: "waited_us_most", value: mostMicroseconds.load(ordering: .relaxed)),
        ]
    }

    /// A runtime has waited.
    func waited(_ time: Duration) {
        let value = UInt64(clamping: Int64(time / .microseconds(1)))
        microseconds.add(value, ordering: .relaxed)
        mostMicroseconds.max(value, ordering: .relaxed)
    }
}
