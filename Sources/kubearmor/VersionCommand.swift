// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() { print("kubearmor \(ProgramVersion.text)") }
}
