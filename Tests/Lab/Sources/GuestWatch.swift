// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Watches one running guest.
struct GuestWatch {
    enum Ending {
        case poweredOff
        case early(String)
    }

    let guest: Guest
    let machine: Subprocess
    private var size = 0
    private var silentSince = time(nil)

    init(guest: Guest, machine: Subprocess) {
        self.guest = guest
        self.machine = machine
    }

    /// How it ended; nil while it runs and says something now and then.
    mutating func ending() throws -> Ending? {
        if let status = machine.ended() {
            let messages = guest.console + ".qemu"
            defer { unlink(messages) }
            return status == 0 ? .poweredOff : .early("QEMU ended with \(status): \(try FileTree.text(messages))")
        }
        let now = FileTree.size(guest.console) + FileTree.size(guest.results)
        if now != size {
            size = now
            silentSince = time(nil)
        } else if time(nil) - silentSince > guest.silenceLimit {
            machine.kill()
            return .early("the guest said nothing for \(guest.silenceLimit) s")
        }
        return nil
    }
}
