// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Workloads

/// Tells the service manager how far the daemon is (sd_notify(3)); does nothing when none asked.
public struct ServiceNotifier: Sendable {
    private let address: String?

    /// - Parameter address: the value of `NOTIFY_SOCKET`, nil without a service manager
    public init(address: String?) {
        self.address = address.flatMap { $0.isEmpty ? nil : $0 }
    }

    public func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// A reload began; ``ready(_:)`` ends it.
    public func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    public func stopping() { send("STOPPING=1") }

    private func send(_ state: String) {
        guard let address else { return }
        // A manager that does not listen any more is no reason to stop.
        _ = kubearmor_notify(address, state, state.utf8.count)
    }
}
