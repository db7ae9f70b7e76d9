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
        return "console=ttyS0 panic=-1 quiet lsm=\(order)\(speed)"
    }

    private var arguments: [String] {
        let clock =
            isClocked
            ? ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1"]
            : ["-accel", "tcg,thread=multi", "-smp", "2"]
        return ["qemu-system-x86_64"] + clock + [
            "-cpu", "max", "-m", "1536", "-kernel", kernel, "-initrd", image, "-append", bootLine,
            "-display", "none", "-monitor", "none", "-net", "none", "-no-reboot",
            "-serial", "file:\(console)", "-serial", "file:\(results)",
        ]
    }

    /// Runs the guest until it powers off.
    /// - Returns: why it was ended early, if it was.
    func run() throws -> String? {
        for file in [console, results] { try FileTree.write([], to: file) }
        let messages = console + ".qemu"
        let machine = try Subprocess(arguments, outputFile: messages)
        var size = 0
        var silentSince = time(nil)
        while true {
            if let status = machine.ended() {
                defer { unlink(messages) }
                return status == 0 ? nil : "QEMU ended with \(status): \(try FileTree.text(messages))"
            }
            let now = FileTree.size(console) + FileTree.size(results)
            if now != size {
                size = now
                silentSince = time(nil)
            } else if time(nil) - silentSince > silenceLimit {
                machine.kill()
                return "the guest said nothing for \(silenceLimit) s"
            }
            usleep(50_000)
        }
    }

    /// The last lines of the console, for reports.
    func consoleTail(lines: Int = 25) -> String {
        guard let text = try? FileTree.text(console) else { return "(no console)" }
        return text.split(whereSeparator: \.isNewline).suffix(lines).joined(separator: "\n")
    }
}
