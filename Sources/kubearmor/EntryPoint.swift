// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Glibc

/// Where the process begins; it ends a wrong command line with a number of ours, not with that of sysexits.h.
@main
enum EntryPoint {
    static func main() async {
        do {
            var command = try KubeArmorCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            if KubeArmorCommand.exitCode(for: error) == .validationFailure {
                StandardError.write(KubeArmorCommand.fullMessage(for: error))
                exit(ExitStatus.usage.rawValue)
            }
            KubeArmorCommand.exit(withError: error)
        }
    }
}
