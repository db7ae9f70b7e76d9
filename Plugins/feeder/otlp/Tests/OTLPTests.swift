// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Testing

@Suite("What the otlp feeder sends")
struct OTLPTests {
    private static func settings(_ peer: Peer, path: String = "") -> [String: String] {
        ["otlpEndpoint": "http://127.0.0.1:\(peer.port)\(path)", "otlpMetricsSeconds": "0"]
    }

    private static let taken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    @Test("An alert is a log record of OTLP in JSON")
    func alert() throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer, path: "/collect/"))
        let record = fullRecord.with(texts: [(\.severity, "9"), (\.updated_time, "2023-06-27T12:21:47.932526Z")])
        #expect(try feeder.publish([record]) == 1)
        let client = try peer.accept()
        let request = try client.receive(until: "]}]}]}")
        #expect(request.hasPrefix("POST /collect/v1/logs HTTP/1.1\r\nHost: 127.0.0.1:\(peer.port)\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        let resource =
            #"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"kubearmor"}},"#
            + #"{"key":"host.name","value":{"stringValue":"host_name"}},{"key":"host.id","value":{"stringValue":"#
            + #""node_id"}},{"key":"k8s.cluster.name","value":{"stringValue":"cluster_name"}}]},"scopeLogs":[{"#
            + #""scope":{"name":"kubearmor"},"logRecords":[{"timeUnixNano":"1687868507932526000",""#
        #expect(request.contains(resource), "\(request)")
        for part in [
            #""severityNumber":19,"severityText":"9","eventName":"kubearmor.alert","body":{"stringValue":"message"}"#,
            #"{"key":"process.pid","value":{"intValue":"11"}}"#,
            #"{"key":"kubearmor.policy.name","value":{"stringValue":"policy_name"}}"#,
            #"{"key":"k8s.pod.name","value":{"stringValue":"pod_name"}}"#,
        ] { #expect(request.contains(part), "\(part) in \(request)") }
        try client.send(Self.taken)
        try feeder.flush(milliseconds: 5000)
        #expect(try feeder.statistics()["delivered"] == 1)
    }

    @Test("Bytes that are no text are escaped; a log has no policy")
    func log() throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer))
        let record = RecordFields(bytes: [0x22, 0xff]).with(type: KUBEARMOR_RECORD_LOG)
        #expect(try feeder.publish([record]) == 1)
        let client = try peer.accept()
        let request = try client.receive(until: "]}]}]}")
        #expect(request.contains(#""severityNumber":9,"severityText":"","eventName":"kubearmor.log""#))
        #expect(request.contains(#"{"key":"kubearmor.resource","value":{"stringValue":"\"\\xff"}}"#))
        #expect(!request.contains("kubearmor.policy.name"))
    }

    @Test(
        "Times that nanoseconds of 64 bits do not hold are none",
        arguments: [
            (Int64.min, "0"), (-1, "0"), (.max, "0"), (9_223_372_036, "0"), (9_223_372_035, "9223372035999999000"),
        ])
    func times(timestamp: Int64, expected: String) throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer))
        var record = RecordFields().with(texts: [(\.updated_time, "2262-04-11T23:47:15.999999Z")])
        record.numbers = { $0.timestamp = timestamp }
        #expect(try feeder.publish([record]) == 1)
        let request = try peer.accept().receive(until: "]}]}]}")
        // Without seconds the fraction says nothing either.
        #expect(request.contains(#""timeUnixNano":"\#(expected)""#), "\(request)")
    }

    @Test("An answer in pieces is read, and the connection is used again; what is rejected is counted")
    func pieces() throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer))
        #expect(try feeder.publish([RecordFields(), RecordFields()]) == 2)
        let client = try peer.accept()
        _ = try client.receive(until: "]}]}]}")
        let body = #"{"partialSuccess":{"rejectedLogRecords":"1"}}"#
        try client.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "a\r\n\(body.prefix(10))\r\n\(String(body.utf8.count - 10, radix: 16));x=y\r\n\(body.dropFirst(10))"
                + "\r\n0\r\nTrailer: x\r\n\r\n")
        try feeder.flush(milliseconds: 5000)
        #expect(try feeder.statistics()["delivered"] == 1)
        #expect(try feeder.statistics()["dropped.rejected"] == 1)
        #expect(try feeder.publish([RecordFields()]) == 1)
        _ = try client.receive(until: "]}]}]}")
        try client.send(Self.taken)
        try feeder.flush(milliseconds: 5000)
        #expect(try feeder.statistics()["delivered"] == 2)
    }

    @Test("A collector that closes a kept connection is asked again at once")
    func reconnects() throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer))
        for number in 1...3 {
            #expect(try feeder.publish([RecordFields()]) == 1)
            let client = try peer.accept()
            _ = try client.receive(until: "]}]}]}")
            try client.send(Self.taken)
            try feeder.flush(milliseconds: 5000)
            #expect(try feeder.statistics()["delivered"] == UInt64(number))
        }
        #expect(feeder.host.log.isEmpty)
    }

    @Test("Metrics are sent as often as the setting says")
    func metrics() throws {
        let peer = try Peer()
        let feeder = try OpenFeeder("otlp", Self.settings(peer).merging(["otlpMetricsSeconds": "1"]) { $1 })
        let client = try peer.accept()
        let request = try client.receive(until: "]}]}]}")
        #expect(request.hasPrefix("POST /v1/metrics HTTP/1.1\r\n"))
        let records =
            #"{"name":"kubearmor.records","description":"Alerts, logs and messages that have reached this feeder."#
            + #"","unit":"1","sum":{"dataPoints":[{"attributes":[{"key":"kind","value":{"stringValue":"alert"}}"#
        #expect(request.contains(records), "\(request)")
        #expect(request.contains(#""aggregationTemporality":2,"isMonotonic":true"#))
        try client.send(Self.taken)
        feeder.close()
    }

    @Test(
        "Addresses that cannot work say what is taken",
        arguments: [
            ("", "is not http://HOST:PORT"), ("127.0.0.1:4318", "is not http://HOST:PORT"),
            ("http://", "is not http://HOST:PORT"), ("http://a:0", "is not http://HOST:PORT"),
            ("http://a/b c", "is not http://HOST:PORT"), ("https://a", "TLS is for a collector on this node"),
        ])
    func badAddress(text: String, expected: String) throws {
        let found = try probe("otlp", ["otlpEndpoint": text])
        #expect(!found.usable)
        #expect(found.reason.contains(expected), "\(found.reason)")
    }
}
