// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit
internal import Synchronization

/// The thread that sends what waits, and connects anew when it must.
final class SyslogSender: Sendable {
    private struct State {
        var address: SyslogAddress
        /// Another one after each change of the address.
        var generation = 0
        var connects: UInt64 = 0
        var shortened: UInt64 = 0
    }

    private static let batchCount = 256
    private static let batchBytes = 65_536

    private let host: Host
    private let outbox: Outbox<SyslogMessage>
    private let worker: Worker
    private let state: Mutex<State>

    init(_ address: SyslogAddress, outbox: Outbox<SyslogMessage>, host: Host) throws(PluginFailure) {
        self.host = host
        self.outbox = outbox
        worker = try Worker()
        state = Mutex(State(address: address))
        try worker.start(name: "syslog-send") { [self] in run() }
    }

    func wake() { worker.wake() }

    func stop() {
        worker.stop()
        outbox.abandon()
    }

    /// Sends to another place from now on.
    func use(_ address: SyslogAddress) {
        state.withLock { state in
            guard state.address != address else { return }
            state.address = address
            state.generation += 1
        }
        worker.wake()
    }

    var statistics: [Statistic] {
        state.withLock { state in
            [Statistic(name: "connects", value: state.connects), Statistic(name: "shortened", value: state.shortened)]
        }
    }

    private func run() {
        var link: SyslogLink?
        var generation = -1
        var backOff = BackOff()
        var trouble: String?
        var batch: [SyslogMessage] = []
        while !worker.isStopping {
            if batch.isEmpty { batch = outbox.take(count: Self.batchCount, bytes: Self.batchBytes) }
            guard !batch.isEmpty else {
                if let open = link, open.isStream {
                    // A server that closes is noticed now, not by the message that would be lost.
                    if worker.wait(for: open.descriptor, events: POLLIN, milliseconds: -1), open.isGone { link = nil }
                } else {
                    _ = worker.wait(milliseconds: -1)
                }
                continue
            }
            let (address, current) = state.withLock { ($0.address, $0.generation) }
            if current != generation {
                (link, generation) = (nil, current)
                backOff.reset()
            }
            do throws(PluginFailure) {
                let open = if let link { link } else { try connect(address) }
                link = open
                try send(&batch, over: open)
                outbox.flows(true)
                backOff.reset()
                note(nil, address, &trouble)
            } catch {
                link = nil
                outbox.flows(false)
                if worker.isStopping { break }
                note(error.message, address, &trouble)
                worker.pause(milliseconds: backOff.advance()) {
                    self.state.withLock { $0.generation } != generation
                }
            }
        }
        outbox.settle(dropped: batch.count, reason: "stopped")
    }

    private func connect(_ address: SyslogAddress) throws(PluginFailure) -> SyslogLink {
        let link = try SyslogLink(address)
        state.withLock { $0.connects += 1 }
        return link
    }

    private func send(_ batch: inout [SyslogMessage], over link: SyslogLink) throws(PluginFailure) {
        // What is written to a server that has closed is lost without a word.
        guard !link.isGone else { throw PluginFailure(code: EPIPE, message: "the server has closed the connection") }
        let outcome = link.send(batch, worker: worker)
        batch.removeFirst(outcome.settled)
        outbox.settle(delivered: outcome.delivered)
        outbox.settle(dropped: outcome.tooLong, reason: "too_long")
        state.withLock { $0.shortened += UInt64(outcome.shortened) }
        if let failure = outcome.failure {
            throw PluginFailure(code: failure, message: String(cString: strerror(failure)))
        }
    }

    /// Each change is logged once.
    private func note(_ failure: String?, _ address: SyslogAddress, _ trouble: inout String?) {
        guard failure != trouble else { return }
        if let failure {
            host.log(.warning, "\(address.name): \(failure): what is sent waits, and is dropped when there is no room")
        } else {
            host.log(.info, "\(address.name): takes messages again")
        }
        trouble = failure
    }
}
