// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Plugins

struct PluginsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Calls every entry of a plugin with good, odd and bad arguments.",
        discussion: """
            The calls are made in a process of their own. The plugin is opened for them and acts on this node for a \
            moment; it is not opened while a daemon runs, or with --no-open, and then fewer calls are made.

            \(PluginsCommand.exitCodes)
            """)

    @Argument(help: "The plugin's file.")
    var file: String

    @Flag(name: .customLong("no-open"), help: "Make only the calls that need no opened plugin.")
    var isClosed = false

    @Option(name: .customLong("run-dir"), help: "Where a running daemon keeps its status.")
    var runDirectory = "/run/kubearmor"

    func run() throws {
        let hasDaemon = PluginStatusFile.read("\(runDirectory)/\(PluginStatusFile.name)") != nil
        let verifier = PluginVerifier(command: PluginsOptions.verifyCommand)
        let verification = verifier.verify(file: file, isOpening: !isClosed && !hasDaemon)
        for remark in verification.remarks { print("note: \(remark)") }
        for finding in verification.findings {
            print("fault: \(finding.entry) (\(finding.arguments)): \(finding.problem)")
        }
        if verification.isSound && verification.calls > 0 {
            print("\(file): sound, \(verification.calls) calls")
        } else if verification.calls == 0 {
            print("\(file): \(verification.report.reason) [\(verification.report.code)]")
        } else {
            print("\(file): \(verification.findings.count) faults in \(verification.calls) calls")
        }
        if verification.report.code == PluginCode.fileMissing.rawValue { throw PluginsCommand.unknownExit }
        guard verification.isSound else { throw PluginsCommand.faultExit }
    }
}
