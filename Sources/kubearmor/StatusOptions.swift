// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon

/// Which daemon is asked, and how its answer is printed.
struct StatusOptions: ParsableArguments {
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(name: [.customShort("o"), .long], help: "How to print.")
    var output: Output = .table

    @Option(name: .customLong("run-dir"), help: "Where a running daemon keeps its status.")
    var runDirectory = "/run/kubearmor"

    /// - Throws: exit status 3, with a line that says why, when no daemon runs
    func status() throws -> NodeStatus {
        if let status = NodeStatus.read(runDirectory: runDirectory) { return status }
        throw noDaemon()
    }

    /// Says that no daemon runs.
    func noDaemon() -> ExitCode {
        StandardError.write(
            "no daemon runs with the run directory \(runDirectory): start one, or give its --run-dir; "
                + "`kubearmor plugins list` says what would work here")
        return ExitCode(3)
    }
}
