// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy

/// `kubearmor policy`: questions about policies, all but `status` answered without a daemon and without a kernel.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks and explains policy files.",
        discussion: """
            EXIT CODES:
              0   fine (check), allowed (explain), shown (render), no difference (diff), all hold (test)
              1   a file has errors; the access is denied (explain), there is a difference (diff), a prediction \
            fails (test)
              2   the command line cannot be understood
              3   a file, a folder or a plugin cannot be read; no daemon runs (status)
            """,
        subcommands: [
            PolicyCheckCommand.self, PolicyExplainCommand.self, PolicyRenderCommand.self, PolicyDiffCommand.self,
            PolicyTestCommand.self, PolicyStatusCommand.self,
        ])

    static let failureExit = ExitCode(1)
    static let unreadableExit = ExitCode(3)

    /// The files; ends with 3 when one cannot be read.
    static func read(_ paths: [String]) throws -> PolicyFiles {
        do throws(PolicyFilesError) {
            return try PolicyFiles(paths)
        } catch {
            StandardError.write("kubearmor: \(error)")
            throw unreadableExit
        }
    }

    /// The files, all of them sound; ends with 1 and their errors otherwise.
    static func readSound(_ paths: [String]) throws -> PolicyFiles {
        let files = try read(paths)
        let errors = files.entries.flatMap { $0.file.diagnostics }.filter { $0.severity == .error }
        guard errors.isEmpty else {
            for error in errors { StandardError.write(error.description) }
            throw failureExit
        }
        return files
    }
}
