// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// One connection to a runtime, from the first question to its end.
package protocol RuntimeConversation: Sendable {
    /// The source's name.
    static var source: String { get }
    /// The setting that names the socket.
    static var setting: String { get }
    /// Where the socket is without it.
    static var usualPlaces: [String] { get }

    init(_ client: RuntimeConnection.Client, host: Host, counters: SourceCounters)

    /// Tells of everything, then of what happens, until the connection ends or the task is cancelled.
    func hold() async throws
}

/// A source that has a conversation with a runtime by gRPC.
package final class RuntimeSource<Conversation: RuntimeConversation>: SourceImplementation {
    private let host: Host
    private let session = RuntimeSession()
    private let counters = SourceCounters()

    private static func socket(_ host: Host) -> SourceSocket {
        SourceSocket.choose(host: host, setting: Conversation.setting, usual: Conversation.usualPlaces)
    }

    package static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        socket(host).probe(host: host, source: Conversation.source, setting: Conversation.setting)
    }

    package init(host: Host) throws(PluginFailure) { self.host = host }

    package func run() throws(PluginFailure) {
        let (host, counters) = (host, counters)
        let socket = Self.socket(host)
        try session.run {
            try await RuntimeConnection.use(socket) { client in
                try await Conversation(client, host: host, counters: counters).hold()
            }
        }
    }

    package func stop() { session.stop() }

    package func statistics() -> [Statistic] { counters.statistics }

    package func close() throws(PluginFailure) {}
}
