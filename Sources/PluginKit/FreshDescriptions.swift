// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What the daemon tells about itself, asked for no more often than needed, however many ask.
public final class FreshDescriptions: Sendable {
    private let host: Host
    private let freshness: Duration
    private let told = Mutex<[String: (text: String, at: ContinuousClock.Instant)]>([:])

    /// - Parameter freshness: for so long an answer is good
    public init(host: Host, freshness: Duration) {
        (self.host, self.freshness) = (host, freshness)
    }

    /// JSON about `what`; nil when the daemon has none yet. Waits for the daemon.
    public func description(of what: String) -> String? {
        let now = ContinuousClock.now
        if let last = told.withLock({ $0[what] }), now - last.at < freshness { return last.text }
        let text = host.description(of: what)
        told.withLock { $0[what] = text.map { ($0, now) } }
        return text
    }
}
