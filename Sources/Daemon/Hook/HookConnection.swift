// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A hook that has connected: the descriptor is closed with the last reference.
final class HookConnection: Sendable {
    let descriptor: Int32
    let began: UInt64
    /// 0 when the daemon's pid namespace does not show it.
    let caller: UInt32
    let uid: UInt32
    /// Root, or whom this process is run by.
    let isTrusted: Bool

    /// Takes the descriptor over.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        began = kubearmor_boottime_ns()
        var (pid, uid): (UInt32, UInt32) = (0, .max)
        isTrusted = kubearmor_local_is_trusted(descriptor, &pid, &uid) == 1
        (caller, self.uid) = (pid, uid)
    }

    deinit { close(descriptor) }

    var isWaiting: Bool { kubearmor_local_is_connected(descriptor) == 1 }

    /// An answer is shorter than a socket's buffer, which is empty: it is taken at once or not at all.
    func send(_ answer: HookAnswer) -> Bool {
        var answer = answer
        answer.microseconds = (kubearmor_boottime_ns() &- began) / 1000
        let bytes = HookFrame.bytes(of: answer.text)
        guard bytes.count <= HookFrame.answerLimit else { return false }
        return bytes.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }
}
