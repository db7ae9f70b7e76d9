// SPDX-License-Identifier: Apache-2.0
import JSON
import Glibc

/// Loads and probes plugins in children, so that one that crashes or hangs becomes a status.
public struct ChildProbe: Sendable {
    private let command: [String]
    private let timeLimit: Duration

    /// `command` is how to start the child: an executable's path and arguments to which the plugin's path is added; it
    /// must call ``runChild(file:)``.
    public init(command: [String], timeLimit: Duration = .seconds(30)) {
        self.command = command
        self.timeLimit = timeLimit
    }

    /// The reports of all files in the directories, each probed in a child of its own.
    public func reports(directories: [String]) -> [PluginReport] {
        let registry = PluginRegistry(directories: directories, services: SilentServices())
        return registry.scan().map { $0.code == PluginCode.notProbed.rawValue ? probed($0) : $0 }
    }

    /// The report of one file.
    public func report(file: String) -> PluginReport {
        let report = InstalledPlugin(path: file).report
        return report.code == PluginCode.notProbed.rawValue ? probed(report) : report
    }

    private func probed(_ described: PluginReport) -> PluginReport {
        var report = described
        do throws(PluginError) {
            let child = try ChildProcess.run(command + [described.file], timeLimit: timeLimit)
            switch child.end {
            case .signaled(let signal):
                let name = ChildProcess.name(ofSignal: signal)
                throw PluginError(.probeCrashed, "\(described.name) crashed when it was loaded or probed: \(name)")
            case .timedOut:
                throw PluginError(.probeTimeout, "the probe of \(described.name) did not end within \(timeLimit)")
            case .exited(let code):
                guard let value = JSONParser.parse(child.output), let found = PluginReport(value) else {
                    throw PluginError(
                        .probeCrashed, "\(described.name) ended the process with code \(code) when it was probed")
                }
                return found
            }
        } catch {
            report.set(error)
        }
        return report
    }

    /// The child's part: loads and probes the file, writes its report to the standard output.
    public static func runChild(file: String) {
        let output = ChildProcess.takeOutput()
        let plugin = InstalledPlugin(path: file)
        plugin.probe(services: SilentServices())
        let text = plugin.currentReport.jsonValue.text + "\n"
        _ = text.withCString { write(output, $0, strlen($0)) }
        // Threads of the plugin and its destructors have no part in the outcome.
        _exit(0)
    }
}
