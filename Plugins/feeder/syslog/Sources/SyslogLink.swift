// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import PluginKit

/// A connection to a syslog server.
final class SyslogLink {
    /// What became of a batch: so many of its first messages are settled.
    struct Outcome {
        var delivered = 0
        /// Of them, those that went without their JSON.
        var shortened = 0
        /// Messages that no datagram holds even without it, all before the first that is not settled.
        var tooLong = 0
        /// A positive errno value when the connection is of no use any more.
        var failure: Int32?

        var settled: Int { delivered + tooLong }
    }

    private static let connectMilliseconds: Int32 = 1000
    /// A server that takes nothing for so long is given up, and connected to anew.
    private static let stallLimit = Duration.seconds(10)

    let descriptor: Int32
    /// Frames with their length before them (RFC 6587, 3.4.1); otherwise a datagram is a message.
    let isStream: Bool

    init(_ address: SyslogAddress) throws(PluginFailure) {
        let result: Int32
        switch address {
        case .local(let path):
            let datagrams = kubearmor_local_connect_datagram(path)
            isStream = datagrams == -EPROTOTYPE
            result = isStream ? kubearmor_local_connect(path) : datagrams
        case .datagrams(let host, let port):
            isStream = false
            result = kubearmor_network_connect(host, port, 1, Self.connectMilliseconds)
        case .stream(let host, let port):
            isStream = true
            result = kubearmor_network_connect(host, port, 0, Self.connectMilliseconds)
        }
        guard result >= 0 else {
            let text = -result == ENXIO ? "there is no such host" : String(cString: strerror(-result))
            throw PluginFailure(code: -result, message: text)
        }
        descriptor = result
        kubearmor_network_buffer(descriptor, 1 << 18)
    }

    deinit { close(descriptor) }

    /// Whether the server has closed the stream; what it says is of no interest.
    var isGone: Bool {
        guard isStream else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = kubearmor_local_receive(descriptor, &bytes, bytes.count)
            if count <= 0 { return count != -EAGAIN && count != -EINTR }
        }
    }

    /// Sends as much as the server takes, until the worker is stopped.
    func send(_ messages: [SyslogMessage], worker: Worker) -> Outcome {
        isStream ? sendFrames(messages, worker: worker) : sendDatagrams(messages, worker: worker)
    }

    private func sendFrames(_ messages: [SyslogMessage], worker: Worker) -> Outcome {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for message in messages {
            bytes.appendDecimal(Int64(message.bytes.count))
            bytes.append(" ")
            bytes += message.bytes
            ends.append(bytes.count)
        }
        var written = 0
        var failure: Int32?
        while written < bytes.count, failure == nil {
            let result = bytes.withUnsafeBytes {
                // The bytes are the kernel's when the call returns.
                kubearmor_local_send(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if result >= 0 {
                written += Int(result)
            } else {
                failure = waitForRoom(after: -result, worker: worker)
            }
        }
        return Outcome(delivered: ends.count { $0 <= written }, failure: failure)
    }

    private func sendDatagrams(_ messages: [SyslogMessage], worker: Worker) -> Outcome {
        var outcome = Outcome()
        for message in messages {
            var length = message.bytes.count
            while true {
                let result = kubearmor_local_send(descriptor, message.bytes, length)
                if result >= 0 {
                    outcome.delivered += 1
                    if length < message.bytes.count { outcome.shortened += 1 }
                    break
                }
                if result == -EMSGSIZE, length > message.shortLength {
                    length = message.shortLength
                } else if result == -EMSGSIZE {
                    outcome.tooLong += 1
                    break
                } else if let failure = waitForRoom(after: -result, worker: worker) {
                    outcome.failure = failure
                    return outcome
                }
            }
        }
        return outcome
    }

    /// Nil when it is worth another attempt.
    private func waitForRoom(after number: Int32, worker: Worker) -> Int32? {
        if number == EINTR { return nil }
        guard number == EAGAIN || number == ENOBUFS else { return number }
        let result = worker.wait(for: descriptor, events: POLLOUT, until: .now + Self.stallLimit)
        return result == 0 ? nil : result
    }
}
