// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import PluginABI
import Testing

@Suite("What the syslog feeder sends")
struct SyslogTests {
    @Test("An alert is a message of RFC 5424 with structured data and JSON")
    func alert() throws {
        let peer = try DatagramPeer()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": peer.address, "syslogFacility": "local3"])
        var record = fullRecord.with(texts: [(\.severity, "7"), (\.updated_time, "2026-11-27T10:00:00.123456Z")])
        record.sequence = 42
        #expect(try feeder.publish([record]) == 1)
        let message = try peer.receive()
        let head =
            "<155>1 2026-11-27T10:00:00.123456Z host_name kubearmor \(getpid()) alert "
            + #"[meta sequenceId="42"][kubearmor@32473 type="record_type" policy="policy_name" severity="7" "#
            + #"action="action" operation="operation" resource="resource" process="process_name" "#
            + #"parent="parent_process_name" pid="11" uid="15" user="user_name" namespace="namespace_name" "#
            + #"pod="pod_name" container="container_name" containerId="container_id" image="container_image" "#
            + #"cluster="cluster_name" result="result" tags="tags"] {"Timestamp":1687868507,"#
        #expect(message.hasPrefix(head), "\(message)")
        #expect(message.hasSuffix(#""MaxAlertsPerSec":16,"DroppingAlertsInterval":17}"#))
    }

    @Test(
        "Severities",
        arguments: [
            (KUBEARMOR_RECORD_ALERT, "10", "", 2), (KUBEARMOR_RECORD_ALERT, "8", "", 2),
            (KUBEARMOR_RECORD_ALERT, "5", "", 3), (KUBEARMOR_RECORD_ALERT, "1", "", 4),
            (KUBEARMOR_RECORD_ALERT, "", "", 4), (KUBEARMOR_RECORD_LOG, "10", "", 6),
            (KUBEARMOR_RECORD_MESSAGE, "", "ERROR", 3), (KUBEARMOR_RECORD_MESSAGE, "", "WARN", 4),
            (KUBEARMOR_RECORD_MESSAGE, "", "INFO", 6), (KUBEARMOR_RECORD_MESSAGE, "", "DEBUG", 7),
        ])
    func severities(type: UInt32, severity: String, level: String, expected: Int) throws {
        let peer = try DatagramPeer()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": peer.address, "syslogFacility": "daemon"])
        let record = RecordFields().with(texts: [(\.severity, severity), (\.level, level)]).with(type: type)
        #expect(try feeder.publish([record]) == 1)
        #expect(try peer.receive().hasPrefix("<\(24 + expected)>1 - - kubearmor "))
    }

    @Test("A message is told as one")
    func message() throws {
        let peer = try DatagramPeer()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": peer.address])
        let record = RecordFields(\.message, bytes: Array("hello".utf8)).with(texts: [(\.level, "INFO")])
            .with(type: KUBEARMOR_RECORD_MESSAGE)
        #expect(try feeder.publish([record]) == 1)
        let message = try peer.receive()
        #expect(
            message.hasSuffix(
                #" message [meta sequenceId="1"][kubearmor@32473 level="INFO"] {"Level":"INFO","Message":"hello"}"#),
            "\(message)")
    }

    @Test(
        "Values of structured data are escaped and cut",
        arguments: [
            (Array(#"a"b\c]d"#.utf8), #"a\"b\\c\]d"#), ([0x61, 0x0a, 0x62, 0x7f], #"a\\x0ab\\x7f"#),
            ([0x61, 0xff], #"a\\xff"#), (Array("päth".utf8), "päth"),
            ([UInt8](repeating: 0x61, count: 2000), String(repeating: "a", count: 1024)),
            ([UInt8](repeating: 0x61, count: 1023) + Array("ä".utf8), String(repeating: "a", count: 1023)),
        ] as [([UInt8], String)])
    func escapes(bytes: [UInt8], expected: String) throws {
        let peer = try DatagramPeer()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": peer.address])
        #expect(try feeder.publish([RecordFields(bytes: bytes)]) == 1)
        #expect(try peer.receive().contains(#"[kubearmor@32473 resource="\#(expected)" uid="0"]"#))
    }

    @Test("A datagram that is too long goes without its JSON, and is counted")
    func shortened() throws {
        let peer = try DatagramPeer()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": peer.address])

        #expect(try feeder.publish([RecordFields(bytes: [UInt8](repeating: 0x61, count: 1_500_000))]) == 1)
        let message = try peer.receive()
        #expect(message.hasSuffix(#"a" uid="0"]"#), "\(message.suffix(80))")
        try feeder.flush(milliseconds: 1000)
        #expect(try feeder.statistics()["shortened"] == 1)
        #expect(try feeder.statistics()["delivered"] == 1)
    }

    @Test("Without a server messages wait, then are dropped and counted")
    func noServer() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder("syslog", ["syslogAddress": "unix://\(folder.file("socket"))"])
        let record = RecordFields(bytes: [UInt8](repeating: 0x61, count: 1 << 20))
        var accepted = 0
        for _ in 0..<6 { accepted += try feeder.publish([record]) }
        // One of them may be in the sender's hands, where it takes no room.
        #expect((1...2).contains(accepted))
        #expect(throws: EntryFailure.self) { try feeder.flush(milliseconds: 10) }
        let statistics = try feeder.statistics()
        #expect(statistics["waiting"] == UInt64(accepted))
        #expect(statistics["dropped.queue_full"] == UInt64(6 - accepted))
        #expect(feeder.host.log.count == 1)
        #expect(feeder.host.log.first?.contains("No such file or directory: what is sent waits") == true)
    }

    @Test(
        "Addresses that cannot work say what is taken",
        arguments: ["", "/dev/log", "unix://dev/log", "udp://", "tcp://a:b", "tcp://[::1", "udp://host:0", "http://a"])
    func badAddress(text: String) throws {
        let found = try probe("syslog", ["syslogAddress": text])
        #expect(!found.usable)
        #expect(found.reason.hasPrefix("syslogAddress: '\(text)' is not unix:///PATH, udp://HOST:PORT"))
    }

    @Test(
        "Addresses",
        arguments: [
            ("unix:///dev/log", "unix:///dev/log"), ("udp://localhost", "udp://localhost:514"),
            ("tcp://[::1]", "tcp://[::1]:601"), ("tcp://10.0.0.1:6514", "tcp://10.0.0.1:6514"),
        ])
    func addresses(text: String, mode: String) throws {
        #expect(try probe("syslog", ["syslogAddress": text]).mode == mode)
    }
}

/// A Unix socket that takes datagrams, as /dev/log does.
private final class DatagramPeer {
    private let folder: ScratchFolder
    private let descriptor: Int32

    init() throws {
        folder = try ScratchFolder()
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(folder.file("socket").utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { Glibc.close(descriptor) }

    var address: String { "unix://\(folder.file("socket"))" }

    /// The next datagram, within five seconds.
    func receive() throws -> String {
        try #require(kubearmor_local_wait(descriptor, 0, 5000) == 1)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = kubearmor_local_receive(descriptor, &bytes, bytes.count)
        try #require(count > 0)
        return String(decoding: bytes[..<Int(count)], as: UTF8.self)
    }
}
