// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import HTTPFeederNote
internal import JSON
internal import PluginKit
internal import Synchronization

/// What is found where. Called by the server's thread.
final class Site: Sendable {
    /// The daemon is asked so often at most, however many ask.
    private static let freshness = Duration.milliseconds(500)

    private let counters: RecordCounters
    private let server: HTTPServer
    private let descriptions: FreshDescriptions

    init(host: Host, counters: RecordCounters, server: HTTPServer) {
        (self.counters, self.server) = (counters, server)
        descriptions = FreshDescriptions(host: host, freshness: Self.freshness)
    }

    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        switch request.path {
        case "/": page()
        case "/metrics": HTTPAnswer(type: MetricsText.type, body: Array(metrics.utf8))
        case "/healthz": HTTPAnswer(.ok, "ok")
        case "/readyz":
            described("metrics") == nil
                ? HTTPAnswer(.unavailable, "the daemon starts") : HTTPAnswer(.ok, "policies are in force")
        case "/api/counters": HTTPAnswer(type: "application/json", body: Array(counts.text.utf8))
        case "/api/node": json("metrics")
        case "/api/plugins": json("plugins")
        case "/api/workloads": json("workloads")
        default: HTTPAnswer(.notFound, "there are /, /events, /metrics, /healthz, /readyz and /api/")
        }
    }

    private func page() -> HTTPAnswer {
        var size: UInt64 = 0
        // The page is a constant of this library, which is never unloaded.
        let bytes = UnsafeBufferPointer(start: kubearmor_page(&size), count: Int(size))
        // The system's generator, which is the kernel's.
        let nonce = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let text = String(decoding: bytes, as: UTF8.self).split(separator: "@NONCE@", omittingEmptySubsequences: false)
        var answer = HTTPAnswer(type: "text/html; charset=utf-8", body: Array(text.joined(separator: nonce).utf8))
        // Names of files and processes are foreign text: nothing but the page's own script may run.
        answer.head =
            "Content-Security-Policy: default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; "
            + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
            + "Referrer-Policy: no-referrer\r\n"
        return answer
    }

    private func json(_ what: String) -> HTTPAnswer {
        described(what).map { HTTPAnswer(type: "application/json", body: Array($0.utf8)) }
            ?? HTTPAnswer(.unavailable, "the daemon starts")
    }

    private func described(_ what: String) -> String? { descriptions.description(of: what) }

    private var metrics: String {
        NodeMetrics(
            counts: counters.snapshot, subscribers: server.subscribers.load(ordering: .relaxed),
            lostEvents: server.lostEvents.load(ordering: .relaxed), node: described("metrics").flatMap(Self.parsed),
            plugins: described("plugins").flatMap(Self.parsed)
        ).text
    }

    private static func parsed(_ text: String) -> JSONValue? { JSONParser.parse(text) }

    private var counts: JSONValue {
        let counts = counters.snapshot
        func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
        return .object([
            ("alerts", number(counts.alerts)), ("logs", number(counts.logs)), ("messages", number(counts.messages)),
            ("subscribers", .integer(Int64(server.subscribers.load(ordering: .relaxed)))),
            ("lostEvents", number(server.lostEvents.load(ordering: .relaxed))),
            (
                "policies",
                .array(
                    counts.series.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(100).map { series, count in
                        .object([
                            ("policy", .string(series.policy)), ("namespace", .string(series.namespace)),
                            ("action", .string(series.action)), ("alerts", number(count)),
                        ])
                    })
            ),
        ])
    }
}
