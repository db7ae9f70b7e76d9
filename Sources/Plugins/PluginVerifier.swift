// SPDX-License-Identifier: Apache-2.0
import JSON
import Glibc
import PluginABI

/// Drives every entry of a plugin with valid, boundary and hostile arguments, in children: after a crash another child
/// goes on behind the call that crashed.
public struct PluginVerifier: Sendable {
    private let command: [String]
    private let timeLimit: Duration
    private static let childLimit = 40

    /// `command` is how to start a child: an executable's path and arguments to which the plugin's path, the number of
    /// the first call and "open" or "closed" are added; it must call ``runChild(file:from:isOpening:)``. `timeLimit` is
    /// for each child.
    public init(command: [String], timeLimit: Duration = .seconds(120)) {
        self.command = command
        self.timeLimit = timeLimit
    }

    /// Verifies the file. With `isOpening` the plugin is opened for it and acts on this node: only where no daemon uses
    /// it.
    public func verify(file: String, isOpening: Bool) -> Verification {
        var verification = Verification(report: InstalledPlugin(path: file).report)
        // A plugin that says that this node is not for it is sound all the same; what was refused is not run.
        guard verification.report.code == PluginCode.notProbed.rawValue else { return verification }
        var first = 0
        var children = 0
        var hangs = 0
        while children < Self.childLimit && hangs < 3 {
            children += 1
            let arguments = [verification.report.file, "\(first)", isOpening ? "open" : "closed"]
            do throws(PluginError) {
                let child = try ChildProcess.run(command + arguments, timeLimit: timeLimit)
                guard let next = read(child, into: &verification) else { return verification }
                if child.end == .timedOut { hangs += 1 }
                first = next + 1
            } catch {
                verification.report.set(error)
                return verification
            }
        }
        verification.remarks.append("given up after \(children) children")
        return verification
    }

    /// Takes over what the child said. Returns the call that ended it, nil when it came to its end.
    private func read(_ child: ChildProcess, into verification: inout Verification) -> Int? {
        var index = -1
        var place = (entry: "kubearmor_plugin_entry", arguments: "loading")
        var isDone = false
        for line in child.output.split(separator: "\n") {
            guard let value = JSONParser.parse(String(line)) else { continue }
            if let begin = value["begin"]?.integer {
                index = Int(begin)
                place = (value["entry"]?.string ?? "", value["label"]?.string ?? "")
                if index >= 0 { verification.calls += 1 }
            }
            if let problem = value["problem"]?.string {
                verification.findings.append(.init(entry: place.entry, arguments: place.arguments, problem: problem))
            }
            if let remark = value["remark"]?.string, !verification.remarks.contains(remark) {
                verification.remarks.append(remark)
            }
            if let refused = value["report"].flatMap({ PluginReport($0) }) { verification.report = refused }
            isDone = isDone || value["done"] != nil
        }
        let problem: String
        switch child.end {
        case .signaled(let signal): problem = "crashed: \(ChildProcess.name(ofSignal: signal))"
        case .timedOut: problem = "did not return within \(timeLimit)"
        case .exited(let code):
            if isDone { return nil }
            problem = "ended the process with code \(code)"
        }
        verification.findings.append(.init(entry: place.entry, arguments: place.arguments, problem: problem))
        // When even loading fails there is nothing to go on with.
        return isDone || place.arguments == "loading" ? nil : index
    }

    /// The child's part: makes the calls from number `first` on and writes what it finds to the standard output.
    public static func runChild(file: String, from first: Int, isOpening: Bool) {
        let output = ChildProcess.takeOutput()
        let plugin = InstalledPlugin(path: file)
        do throws(PluginError) {
            if let library = try plugin.load(services: VerificationServices(), counting: false), let kind = plugin.kind
            {
                // The report of a sound plugin says that it was loaded; what its probe says is not asked here.
                plugin.set(.ok, reason: "")
                send(plugin.currentReport, to: output)
                var driver = PluginDriver(library: library, kind: kind, isOpening: isOpening, output: output)
                driver.drive(from: first)
                VerificationServices.cleanUp()
            }
        } catch {
            plugin.set(error)
            send(plugin.currentReport, to: output)
            _ = "{\"done\":true}\n".withCString { write(output, $0, strlen($0)) }
        }
        _exit(0)
    }

    private static func send(_ report: PluginReport, to output: Int32) {
        let line = JSONValue.object([("report", report.jsonValue)]).text + "\n"
        _ = line.withCString { write(output, $0, strlen($0)) }
    }
}
