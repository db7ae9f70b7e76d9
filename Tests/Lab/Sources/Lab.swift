// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Glibc

/// `kubearmor-lab`: boots kernels, runs scenarios or measurements in them, compares.
@main
struct Lab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubearmor-lab",
        abstract: "Runs scenarios in real kernels under QEMU, or measures with --bench.")

    @Option(help: "Folder of scenario files.") var scenarios = "Tests/Scenarios"
    @Option(help: "Enforcer that the daemon must use; default: bpflsm where the boot line has bpf, else noop.")
    var enforcer: String?
    @Option(help: "Kernel: 6.1 or 6.12.") var kernel = "6.1"
    @Option(help: "LSM of the boot line: bpf, none, or the whole list.") var lsm = "bpf"
    @Option(help: "The installed tree to test.") var stage = "build/stage"
    @Option(help: "Only scenarios whose name holds this regular expression.") var only: String?
    @Option(help: "Folder for kernels, images and consoles.") var output = "build/lab"
    @Option(help: "The lab's own folder in the source tree.") var source = "Tests/Lab"
    @Flag(help: "Measure on the lab's clock instead: one guest instruction is one nanosecond.") var bench = false

    func run() throws {
        try FileTree.makeFolder(output)
        let passed = bench ? try Benchmark(lab: self).run() : try runScenarios()
        if !passed { throw ExitCode.failure }
    }

    /// The kernel's file, fetched when it is not there yet.
    func kernelFile() throws -> String {
        let folder = try FileTree.resolved(output) + "/kernels"
        let fetch = try Subprocess.run(["sh", "\(source)/kernel.sh", kernel, folder], scratch: output)
        guard fetch.status == 0 else { throw LabError(fetch.output) }
        return "\(folder)/\(kernel)/vmlinuz"
    }

    private func runScenarios() throws -> Bool {
        var chosen = try ScenarioParser.folder(scenarios)
        if let only {
            let regex = try Regex(only)
            chosen = chosen.filter { $0.name.contains(regex) }
        }
        let lsmName = lsm.replacing(",", with: "+")
        let kernelFile = try kernelFile()
        let image = "\(output)/image-\(kernel)-\(lsmName).cpio"
        var builder = try GuestImage(stage: stage, source: source, output: output)
        try FileTree.write(
            try builder.build(files: ScenarioPacker(enforcer: enforcer).files(for: chosen)), to: image)
        let guest = Guest(
            kernel: kernelFile, image: image, lsm: lsm, console: "\(output)/console-\(kernel)-\(lsmName).log",
            results: "\(output)/results-\(kernel)-\(lsmName).bin")
        print("booting kernel \(kernel), lsm \(lsm): \(chosen.count) scenarios, console in \(guest.console)")
        fflush(nil)
        let ending = try guest.run()
        let result = GuestResult(try FileTree.read(guest.results))
        let hasBPF = lsm.split(separator: ",").contains("bpf")
        let judge = Judge(expectedEnforcer: enforcer ?? (hasBPF ? "bpflsm" : "noop"))
        let report = Report(kernel: kernel, lsm: lsm, enforcer: judge.expectedEnforcer)
        return report.print(chosen, result, judge, ending: result.isComplete ? nil : unfinished(guest, ending))
    }

    private func unfinished(_ guest: Guest, _ ending: String?) -> String {
        "\(ending ?? "the guest ended early"); its console ends with:\n" + guest.consoleTail()
    }
}
