// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Testing

@Suite("What the http feeder answers")
struct HTTPTests {
    private let port: Int32
    private let feeder: OpenFeeder

    init() throws {
        port = try Peer.freePort()
        feeder = try OpenFeeder("http", ["httpAddress": "127.0.0.1:\(port)", "httpNames": "node.example, other"])
    }

    private func get(_ path: String, host: String = "localhost", method: String = "GET") throws -> String {
        let client = try Peer(connectingTo: port)
        try client.send("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        let end = method == "HEAD" ? "\r\n\r\n" : path == "/metrics" && host != "evil" ? "# EOF\n" : "\n"
        return try client.receive(until: end)
    }

    @Test("Alerts are counted by policy; odd names are escaped")
    func metrics() throws {
        let record = RecordFields().with(texts: [
            (\.policy_name, "a\"b\\c\nd"), (\.namespace_name, "ns"), (\.action, "Block"),
        ])
        #expect(try feeder.publish([record, record, fullRecord.with(type: KUBEARMOR_RECORD_LOG)]) == 3)
        let text = try get("/metrics")
        #expect(text.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"))
        #expect(text.contains("# TYPE kubearmor_alerts counter\n# HELP kubearmor_alerts "))
        #expect(text.contains(#"kubearmor_alerts_total{policy="a\"b\\c\nd",namespace="ns",action="Block"} 2"#))
        #expect(text.contains(#"kubearmor_records_total{kind="log"} 1"#))
        #expect(text.contains("kubearmor_ready 0\n"))
    }

    @Test("It is healthy at once, and ready when the daemon says something of itself")
    func health() throws {
        #expect(try get("/healthz").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try get("/readyz").hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(try get("/healthz", method: "HEAD").hasSuffix("Connection: close\r\n\r\n"))
        #expect(try get("/healthz", method: "DELETE").hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
    }

    @Test(
        "Names that are not known are refused",
        arguments: [
            ("localhost:80", "200"), ("127.0.0.1", "200"), ("[::1]:99", "200"), ("10.1.2.3:9", "200"),
            ("node.example", "200"), ("OTHER:1", "200"), ("evil", "421"), ("localhost.evil", "421"), ("", "421"),
        ])
    func names(host: String, status: String) throws {
        #expect(try get("/healthz", host: host).hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test("The page has a fresh nonce and allows nothing else")
    func page() throws {
        let pages = try (0..<2).map { _ in try get("/") }
        #expect(pages[0] != pages[1])
        for page in pages {
            #expect(page.contains("Content-Security-Policy: default-src 'none'; script-src 'nonce-"))
            #expect(!page.contains("@NONCE@"))
            #expect(page.hasSuffix("</html>\n"))
        }
    }

    @Test("Live events come as they are published, and what was before comes first")
    func events() throws {
        var first = fullRecord
        first.sequence = 7
        #expect(try feeder.publish([first]) == 1)
        let client = try Peer(connectingTo: port)
        try client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let head = try client.receive(until: "\"DroppingAlertsInterval\":17}\n\n")
        #expect(head.contains("\r\nContent-Type: text/event-stream\r\n"))
        #expect(head.contains("\n\nid: 7\nevent: alert\ndata: \(fullAlertLine)\n\n"), "\(head)")
        #expect(
            try feeder.publish([
                RecordFields(resource: "not asked for").with(type: KUBEARMOR_RECORD_LOG),
                RecordFields(\.message, bytes: Array("hi".utf8)).with(type: KUBEARMOR_RECORD_MESSAGE),
            ]) == 2)
        #expect(try client.receive(until: "}\n\n") == "id: 1\nevent: message\ndata: {\"Message\":\"hi\"}\n\n")
    }

    @Test(
        "Addresses that cannot work say what is taken",
        arguments: ["", "32765", "localhost:80", "127.0.0.1", "127.0.0.1:99999", "[::1:80"])
    func badAddress(text: String) throws {
        let found = try probe("http", ["httpAddress": text])
        #expect(!found.usable)
        #expect(found.reason.hasPrefix("httpAddress: '\(text)' is not ADDRESS:PORT"), "\(found.reason)")
    }

    @Test("A port that is taken is an error with a remedy")
    func taken() throws {
        let failure = try #require(throws: EntryFailure.self) {
            _ = try OpenFeeder("http", ["httpAddress": "127.0.0.1:\(port)"])
        }
        #expect(failure.description.contains("Address already in use: set httpAddress"), "\(failure)")
    }

    @Test("reopen listens where the setting says now, and keeps the old place when it cannot")
    func reopen() throws {
        let other = try Peer.freePort()
        feeder.host.set("httpAddress", "127.0.0.1:\(other)")
        try feeder.reopen()
        let client = try Peer(connectingTo: other)
        try client.send("GET /healthz HTTP/1.0\r\n\r\n")
        #expect(try client.receive(until: "ok\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        let taken = try Peer()
        feeder.host.set("httpAddress", "127.0.0.1:\(taken.port)")
        #expect(throws: EntryFailure.self) { try feeder.reopen() }
        _ = try Peer(connectingTo: other)
    }
}
