// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Glibc

struct DaemonCommand: AsyncParsableCommand {
    private static let exitCodes = ExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")

    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Puts policies into force on this node and reports what happens.",
        discussion: """
            Runs in the foreground until SIGTERM or SIGINT; what is in force stays in force afterwards. SIGHUP reloads
            the configuration and the policies and opens log files anew.

            A key of the configuration is taken from its flag, else from the environment (the key in upper case, such \
            as DEFAULTFILEPOSTURE), else from the file, else it has its default.

            EXIT CODES:
            \(exitCodes)
            """)

    @Option(help: "The configuration file; otherwise $KUBEARMOR_CFG or \(ConfigurationSource.usualPath).")
    var config: String?

    @Flag(help: "Print the table of plugins to standard error at start.")
    var showPlugins = false

    @Flag(help: "Take everything out of force that a daemon left in the kernel, then end.")
    var release = false

    @OptionGroup(title: "Configuration")
    var settings: ConfigurationOptions

    func run() async throws {
        let environment = Self.environment()
        var options = DaemonOptions(
            source: ConfigurationSource(flags: settings.values, environment: environment, path: config),
            version: ProgramVersion.text, environment: environment)
        if showPlugins { options.showPlugins = { StandardError.write($0) } }
        do {
            if release {
                try Daemon.release(options)
            } else {
                try await Daemon.run(options)
            }
        } catch let error as StartError {
            StandardError.write("kubearmor: \(error)")
            throw ExitCode(error.status.rawValue)
        } catch let error as ConfigurationError {
            StandardError.write("kubearmor: \(error)")
            throw ExitCode(ExitStatus.badConfiguration.rawValue)
        } catch {
            StandardError.write("kubearmor: \(error)")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
    }

    private static func environment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }
}
