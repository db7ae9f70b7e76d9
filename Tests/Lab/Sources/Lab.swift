// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Glibc

/// `kubearmor-lab`: boots kernels, runs scenarios or measurements in them, compares.
@main
struct Lab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubearmor-lab",
        abstract: "Runs scenarios in real kernels under QEMU, or measures with --bench.")

    /// The scenarios that run on every backend.
    private static let common = "Tests/Scenarios"

    @Option(help: "Folder of scenario files.") var scenarios = Self.common
    @Option(help: "Enforcer that the daemon must use; default: bpflsm where the boot line has bpf, else noop.")
    var enforcer: String?
    @Option(help: "Kernel: 6.1 or 6.12.") var kernel = "6.1"
    @Option(help: "LSM of the boot line: bpf, none, or the whole list.") var lsm = "bpf"
    @Option(help: "Further words of the boot line: preempt=full.") var append = ""
    @Option(help: "The installed tree to test.") var stage = "build/stage"
    @Option(help: "Only scenarios whose name holds this regular expression.") var only: String?
    @Option(help: "Folder for kernels, images and consoles.") var output = "build/lab"
    @Option(help: "The lab's own folder in the source tree.") var source = "Tests/Lab"
    @Option(help: "How many guests run side by side, each with its share of the scenarios.") var guests = 2
    @Flag(help: "Run what the enforcer does not declare, too, and fail where that works after all.") var gaps = false
    @Flag(help: "Print what earlier runs have found, scenario by backend, and run nothing.") var table = false
    @Flag(help: "Measure on the lab's clock instead: one guest instruction is one nanosecond.") var bench = false

    func run() throws {
        try FileTree.makeFolder(output)
        if table { return print(try OutcomeTable(folder: output).text) }
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
        let parts = min(max(1, guests), max(1, chosen.count))
        let shares = (0..<parts).map { part in
            chosen.enumerated().filter { $0.offset % parts == part }.map(\.element)
        }
        let machines = try prepare(shares)
        print(
            "booting kernel \(kernel), lsm \(lsm): \(chosen.count) scenarios in \(parts) guests, "
                + "consoles in \(machines.map(\.console).joined(separator: ", "))")
        fflush(nil)
        let endings = try Guest.run(machines)
        var outcomes: [Outcome] = []
        for (part, machine) in machines.enumerated() {
            let result = GuestResult(try FileTree.read(machine.results))
            let ending = result.isComplete ? nil : unfinished(machine, endings[part])
            for (index, scenario) in shares[part].enumerated() {
                outcomes.append(Outcome(scenario: scenario, run: result.runs[index + 1], ending: ending))
            }
        }
        let hasBPF = lsm.split(separator: ",").contains("bpf")
        let judge = Judge(expectedEnforcer: enforcer ?? (hasBPF ? "bpflsm" : "noop"), triesGaps: gaps)
        let report = Report(kernel: kernel, lsm: lsm, enforcer: judge.expectedEnforcer)
        let sorted = outcomes.sorted { $0.scenario.file < $1.scenario.file }
        let verdicts = sorted.map { judge.verdict(on: $0.scenario, $0.run, ending: $0.ending) }
        // The table is of the scenarios that run on every backend, all of them.
        if only == nil, append.isEmpty, scenarios == Self.common {
            try OutcomeTable.write(
                zip(sorted, verdicts).map { (scenario: $0.scenario.name, outcome: $1.word) },
                backend: "\(judge.expectedEnforcer) \(kernel)", folder: output)
        }
        return report.print(sorted, verdicts)
    }

    /// One guest for each share of the scenarios, its image written.
    private func prepare(_ shares: [[Scenario]]) throws -> [Guest] {
        let file = try kernelFile()
        return try shares.enumerated().map { part, scenarios in
            let name = "\(kernel)-\(lsm.replacing(",", with: "+"))" + (part == 0 ? "" : "-\(part + 1)")
            let image = "\(output)/image-\(name).cpio"
            var builder = try GuestImage(stage: stage, source: source, output: output)
            var files = ScenarioPacker(enforcer: enforcer).files(for: scenarios)
            if gaps { files.append(("/lab/try-gaps", [])) }
            try FileTree.write(try builder.build(kernel: file, lsm: lsm, files: files), to: image)
            return Guest(
                kernel: file, image: image, lsm: lsm, console: "\(output)/console-\(name).log",
                results: "\(output)/results-\(name).bin", append: append)
        }
    }

    private func unfinished(_ guest: Guest, _ ending: String?) -> String {
        "\(ending ?? "the guest ended early"); its console ends with:\n" + guest.consoleTail()
    }
}
