// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One boot of a kernel under QEMU's software emulation.
struct Guest {
    let kernel: String  // vmlinuz
    let image: String
    let lsm: String  // bpf, none, or the words of the boot line's lsm=
    let console: String
    let results: String
    var isClocked = false
    /// Further words of the boot line.
    var append = ""
    /// Ends the guest when neither port said anything for so long.
    var silenceLimit = 300

    private var bootLine: String {
        let order: String
        switch lsm {
        case "none": order = "lockdown,yama"
        case "bpf", "apparmor", "selinux": order = lsm == "bpf" ? "lockdown,yama,bpf" : "lockdown,yama,\(lsm),bpf"
        default: order = lsm
        }
        let speed = isClocked ? " mitigations=off nokaslr" : ""
        // QEMU 7.2 leaves garbage in the flags after cmpxchg16b; an interrupt then returns to nowhere. Kernel 6.12
        // meets that within seconds in its allocator, so kernels are told that there is no such instruction.
        return "console=ttyS0 panic=-1 quiet clearcpuid=cx16 lsm=\(order)\(speed)"
            + (append.isEmpty ? "" : " \(append)")
    }

    var arguments: [String] {
        let clock =
            isClocked
            ? ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1"]
            // One host thread for both processors: with one each, QEMU 7.2 locked up while the kernel patched its own
            // code under a process in a loop.
            : ["-accel", "tcg,thread=single", "-smp", "2"]
        // setpriv: however the lab ends, its guests end with it.
        return ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"] + clock + [
            "-cpu", "max", "-m", "1536", "-kernel", kernel, "-initrd", image, "-append", bootLine,
            "-display", "none", "-monitor", "none", "-net", "none", "-no-reboot",
            "-serial", "file:\(console)", "-serial", "file:\(results)",
        ]
    }

    /// Runs guests side by side until all have powered off.
    /// - Returns: for each, why it was ended early, if it was.
    static func run(_ guests: [Guest]) throws -> [String?] {
        var endings: [String?] = guests.map { _ in nil }
        var watches: [Int: GuestWatch] = [:]
        defer { for watch in watches.values { watch.machine.kill() } }
        for (index, guest) in guests.enumerated() {
            for file in [guest.console, guest.results] { try FileTree.write([], to: file) }
            let machine = try Subprocess(guest.arguments, outputFile: guest.console + ".qemu")
            watches[index] = GuestWatch(guest: guest, machine: machine)
        }
        while !watches.isEmpty {
            usleep(50_000)
            for index in watches.keys.sorted() {
                guard let ending = try watches[index]?.ending() else { continue }
                if case .early(let reason) = ending { endings[index] = reason }
                watches[index] = nil
            }
        }
        return endings
    }

    /// The last lines of the console, for reports.
    func consoleTail(lines: Int = 25) -> String {
        guard let text = try? FileTree.text(console) else { return "(no console)" }
        return text.split(whereSeparator: \.isNewline).suffix(lines).joined(separator: "\n")
    }
}
