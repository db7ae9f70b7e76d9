// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Sends alerts, logs and messages to a syslog server, from a thread of its own.
final class SyslogFeeder: FeederImplementation {
    /// What may wait while the server does not answer.
    private static let outboxBytes = 2 << 20
    /// How long one batch waits for room; half of what the contract gives an entry.
    private static let roomLimit = Duration.seconds(1)
    private static let facilityKey = "syslogFacility"

    private let host: Host
    private let outbox = Outbox<SyslogMessage>(
        capacityBytes: outboxBytes, reasons: ["too_long", "unsupported"])
    private let sender: SyslogSender
    private var encoder: SyslogEncoder

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        let capabilities = ["publish.alert", "publish.log", "publish.message"]
        do {
            let address = try SyslogAddress(host: host)
            return ProbeResult(usable: true, mode: String(address.name.prefix(60)), capabilities: capabilities)
        } catch {
            return ProbeResult(usable: false, reason: error.message, capabilities: capabilities)
        }
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        encoder = Self.encoder(host)
        sender = try SyslogSender(SyslogAddress(host: host), outbox: outbox, host: host)
    }

    private static func encoder(_ host: Host) -> SyslogEncoder {
        let facility = SyslogEncoder.facility(named: host.setting(facilityKey) ?? "") ?? 3
        return SyslogEncoder(facility: facility, processID: getpid())
    }

    func publish(_ records: RecordBatch) throws(PluginFailure) -> Int {
        let deadline = ContinuousClock.now + Self.roomLimit
        var accepted = 0
        for record in records {
            guard let message = encoder.encode(record) else {
                outbox.refuse(1, reason: "unsupported")
                continue
            }
            if outbox.offer(message, size: message.bytes.count, until: deadline, wake: sender.wake) { accepted += 1 }
        }
        sender.wake()
        return accepted
    }

    func flush(deadlineMilliseconds: Int32) throws(PluginFailure) {
        guard !outbox.drain(milliseconds: deadlineMilliseconds) else { return }
        throw PluginFailure(code: ETIMEDOUT, message: "\(outbox.waiting) messages wait for the syslog server")
    }

    func reopen() throws(PluginFailure) {
        let address = try SyslogAddress(host: host)
        encoder = Self.encoder(host)
        sender.use(address)
    }

    func statistics() -> [Statistic] { outbox.statistics + sender.statistics }

    func close() throws(PluginFailure) { sender.stop() }
}
