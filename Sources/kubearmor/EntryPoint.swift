// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Glibc

/// Where the process begins; it ends a wrong command line with a number of ours, not with that of sysexits.h.
@main
enum EntryPoint {
    /// As an OCI runtime the program goes by another name, and all that it is given is the runtime's.
    private static var arguments: [String] {
        let own = CommandLine.arguments
        guard own.first?.split(separator: "/").last == RuntimeCommand.programName[...] else {
            return Array(own.dropFirst())
        }
        return ["runtime"] + own.dropFirst()
    }

    static func main() async {
        do {
            var command = try KubeArmorCommand.parseAsRoot(arguments)
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
