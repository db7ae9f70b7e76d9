// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Workloads

/// The hook's side of the conversation: asks a daemon and waits, not longer than it may.
public struct HookClient: Sendable {
    /// Why a container's rule set is not known to be in force.
    public enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// No daemon listens.
        case noDaemon(path: String, reason: String)
        case tooLate(milliseconds: Int)
        /// The daemon's own word.
        case refused(String)
        case broken(String)

        public var description: String {
            switch self {
            case .noDaemon(let path, let reason):
                "no daemon listens at \(path) (\(reason)): start it (systemctl start kubearmor)"
            case .tooLate(let milliseconds):
                "the daemon has not answered within \(milliseconds) ms: see its log, or raise hookTimeoutMilliseconds"
            case .refused(let text): "the daemon says: \(text)"
            case .broken(let text): "\(text): install hook and daemon of one version"
            }
        }
    }

    private static let pauseMilliseconds: Int32 = 20

    private let path: String
    private let milliseconds: Int
    private let waitsForDaemon: Bool
    private let deadline: UInt64

    /// - Parameters:
    ///   - milliseconds: from now on
    ///   - waitsForDaemon: for one that starts, or is started anew
    public init(runDirectory: String, milliseconds: Int, waitsForDaemon: Bool) {
        path = "\(runDirectory)/\(HookListener.socketName)"
        self.milliseconds = milliseconds
        self.waitsForDaemon = waitsForDaemon
        deadline = kubearmor_boottime_ns() + UInt64(milliseconds) * 1_000_000
    }

    /// A daemon that is started anew is waited for, unless a container of the namespace starts all the same.
    public init(_ configuration: Configuration, namespace: String?) {
        self.init(
            runDirectory: configuration.runDirectory, milliseconds: configuration.hookTimeoutMilliseconds,
            waitsForDaemon: !HookDecision(failure: "", container: "", namespace: namespace, configuration).mayStart)
    }

    /// Returns when the rule set is in force.
    public func ask(_ request: HookRequest) throws(Failure) -> HookAnswer {
        let bytes = HookFrame.bytes(of: request.text)
        guard bytes.count <= HookFrame.requestLimit + 4 else {
            throw .broken("what is to be said of the container takes \(bytes.count) bytes")
        }
        while true {
            do throws(Failure) {
                return try askOnce(bytes)
            } catch {
                guard case .noDaemon = error, waitsForDaemon, rest > 0 else { throw error }
                poll(nil, 0, min(rest, Self.pauseMilliseconds))
            }
        }
    }

    private func askOnce(_ bytes: [UInt8]) throws(Failure) -> HookAnswer {
        let descriptor = try connect()
        defer { close(descriptor) }
        try checkPeer(descriptor)
        try send(bytes[...], to: descriptor)
        var frame = HookFrame(limit: HookFrame.answerLimit)
        while frame.missing > 0 {
            let more = try receive(frame.missing, from: descriptor)
            do throws(HookFrame.TooLong) { try frame.append(more) } catch { throw .broken("\(error)") }
        }
        guard let answer = HookAnswer(text: frame.text) else { throw .broken("the answer is not one of a daemon") }
        if let failure = answer.failure { throw .refused(failure) }
        return answer
    }

    private func connect() throws(Failure) -> Int32 {
        while true {
            let descriptor = kubearmor_local_connect(path)
            if descriptor >= 0 { return descriptor }
            // The listener's queue is full; a Unix socket does not tell when it is so no more.
            guard descriptor == -EAGAIN || descriptor == -EINTR else { throw gone(-descriptor) }
            guard rest > 0 else { throw .tooLate(milliseconds: milliseconds) }
            poll(nil, 0, 1)
        }
    }

    /// Who made a socket in the run directory is root, or could as well have stopped the daemon.
    private func checkPeer(_ descriptor: Int32) throws(Failure) {
        var (pid, uid): (UInt32, UInt32) = (0, .max)
        guard kubearmor_local_is_trusted(descriptor, &pid, &uid) == 1 else {
            throw .broken("user \(uid) listens at \(path), not root")
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(Failure) {
        var bytes = bytes
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(Int(count))
            } else if count == -EAGAIN || count == -EINTR {
                try wait(for: descriptor, writing: 1)
            } else if count == -EPIPE || count == -ECONNRESET {
                // It has answered and closed: the answer says why.
                return
            } else {
                throw gone(-count)
            }
        }
    }

    private func receive(_ size: Int, from descriptor: Int32) throws(Failure) -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: size)
        while true {
            let count = bytes.withUnsafeMutableBytes {
                kubearmor_local_receive(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 { return bytes[..<Int(count)] }
            if count == 0 { throw .noDaemon(path: path, reason: "it has stopped meanwhile") }
            guard count == -EAGAIN || count == -EINTR else { throw gone(-count) }
            try wait(for: descriptor, writing: 0)
        }
    }

    private func wait(for descriptor: Int32, writing: Int32) throws(Failure) {
        guard rest > 0 else { throw .tooLate(milliseconds: milliseconds) }
        _ = kubearmor_local_wait(descriptor, writing, rest)
    }

    private func gone(_ number: Int32) -> Failure { .noDaemon(path: path, reason: SystemText.errno(number)) }

    /// Milliseconds, rounded up.
    private var rest: Int32 {
        let now = kubearmor_boottime_ns()
        return now >= deadline ? 0 : Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }
}
