// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews
import Policy
import PolicyReports

struct PolicyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Holds policies against what they are expected to decide, without a kernel.",
        discussion: """
            A file has `policies` (text) and `steps` with `access` and `predict: allow, audit or deny`; other keys are \
            for the lab. Ends with 1 when a prediction does not hold. With --recording the files are policies, which \
            decide every recorded access that passed; it ends with 1 when they deny one.

              policies: |
                …
              steps:
                - access: {process: /bin/cat, read: /etc/shadow, uid: 1000}
                  predict: deny
            """)

    @Argument(help: "Files, or folders with all .yaml, .yml and .json files below.") var paths: [String]
    @Option(help: "Hold the policies against what a file of alerts and logs, or a recording, tells.")
    var recording: String?
    @OptionGroup var workload: WorkloadOptions

    func run() throws {
        if let recording { return try replay(recording) }
        var report = PredictionReport()
        do {
            for (name, text) in try PolicyFiles.texts(paths) {
                report.add(try PredictionFile(text, file: name), workload: workload.identity)
            }
        } catch let error as PolicyFilesError {
            StandardError.write("kubearmor: \(error)")
            throw PolicyCommand.unreadableExit
        } catch {
            StandardError.write("kubearmor: \(error)")
            throw PolicyCommand.failureExit
        }
        print(report.text)
        if report.failed > 0 { throw PolicyCommand.failureExit }
    }

    private func replay(_ recording: String) throws {
        let policies = try PolicyCommand.readSound(paths).policies
        let replay = Replay(
            try RecordedProfile.read(recording, unreadable: PolicyCommand.unreadableExit), [policies],
            posture: Posture(workload.posture) ?? .audit)
        print(replay.testText)
        guard replay.denied.isEmpty, !replay.findings.isEmpty else { throw PolicyCommand.failureExit }
    }
}
