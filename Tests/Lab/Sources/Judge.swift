// SPDX-License-Identifier: Apache-2.0
import YAML

/// Compares what happened in the guest with what a scenario says.
struct Judge {
    enum Verdict {
        case passed
        case failed([String])
        case skipped(String)

        /// One word for the table of backends.
        var word: String {
            switch self {
            case .passed: "passed"
            case .failed: "FAILED"
            case .skipped: "gap"
            }
        }
    }

    let expectedEnforcer: String
    /// Scenarios that need what the enforcer does not declare were run, too, and must not have worked.
    var triesGaps = false

    func verdict(on scenario: Scenario, _ run: GuestResult.Run?, ending: String?) -> Verdict {
        guard scenario.containers == 0 else { return .failed(["containers are not supported by this lab"]) }
        guard let run, run.began else { return .failed([ending ?? "the guest never came to it"]) }
        guard run.milliseconds != nil else { return .failed([ending ?? "the guest stopped in it"] + details(run)) }
        var problems = run.errors
        if !run.setupOutput.isEmpty { problems.append(indent("setup's output:", run.setupOutput)) }
        let plugins = ActivePlugins(json: run.plugins)
        let expectedEnforcer = scenario.enforcer ?? expectedEnforcer
        let missing = scenario.requires.filter { !plugins.capabilities.contains($0) }
        let lack = "\(plugins.enforcer) and the monitor lack \(missing.joined(separator: ", "))"
        guard problems.isEmpty else {
            // What is not declared may fail in its setup already.
            let isGap = triesGaps && plugins.enforcer == expectedEnforcer && !missing.isEmpty
            return isGap ? .skipped(lack) : .failed(problems + details(run))
        }
        if plugins.enforcer != expectedEnforcer {
            let found = plugins.enforcer.isEmpty ? "no enforcer" : plugins.enforcer
            return .failed(["the daemon runs \(found), expected \(expectedEnforcer)"] + details(run))
        }
        guard missing.isEmpty || triesGaps else { return .skipped(lack) }
        problems = problemsOfSteps(of: scenario, run)
        guard missing.isEmpty else {
            guard problems.isEmpty else { return .skipped(lack) }
            return .failed(["all of it works, and yet \(lack): declare it, or let a step show what is missing"])
        }
        return problems.isEmpty ? .passed : .failed(problems + details(run))
    }

    private func problemsOfSteps(of scenario: Scenario, _ run: GuestResult.Run) -> [String] {
        var problems: [String] = []
        for (index, step) in scenario.steps.enumerated() {
            let found = compare(step, run.steps[index + 1] ?? GuestResult.Step())
            guard !found.isEmpty else { continue }
            problems.append("step \(index + 1) (\(scenario.file):\(step.line)): \(firstLine(step.run))")
            problems += found.map { "  " + $0 }
        }
        return problems
    }

    private func compare(_ step: Scenario.Step, _ result: GuestResult.Step) -> [String] {
        guard let exit = result.exit else { return ["was not run"] }
        var problems: [String] = []
        var showOutput = false
        if let expected = step.exit, !expected.matches(exit) {
            let found = exit == "-1" ? "the time limit" : exit
            problems.append("exit: expected \(expected), found \(found)")
            showOutput = true
        }
        if let expected = step.output, !expected.matches(result.output) {
            problems.append("output: expected \(expected)")
            showOutput = true
        }
        if showOutput { problems.append(indent("output was:", result.output)) }
        let alerts = result.alerts.split(whereSeparator: \.isNewline).map(String.init)
        let parsed = alerts.map(fields)
        let missing = step.alerts.filter { wanted in !parsed.contains { matches(wanted, $0) } }
        problems += missing.map { "no alert \(describe($0))" }
        if !missing.isEmpty {
            problems.append(indent("alerts were:", alerts.prefix(6).joined(separator: "\n")))
        }
        for unwanted in step.absentAlerts {
            if let index = parsed.firstIndex(where: { matches(unwanted, $0) }) {
                problems.append(indent("alert \(describe(unwanted)) was not to appear:", alerts[index]))
            }
        }
        return problems
    }

    private func matches(_ wanted: [Scenario.Field], _ alert: [String: String]) -> Bool {
        wanted.allSatisfy { $0.value.matches(alert[$0.name] ?? "") }
    }

    /// The fields of one JSON line; lists joined with commas, objects as "key=value".
    private func fields(_ line: String) -> [String: String] {
        guard let mapping = (try? YAMLParser.document(line))?.mapping else { return [:] }
        var fields: [String: String] = [:]
        for (key, value) in mapping {
            let text: String
            if let list = value.sequence {
                text = list.map { $0.string ?? "" }.joined(separator: ",")
            } else if let object = value.mapping {
                text = object.map { "\($0.key.string ?? "")=\($0.value.string ?? "")" }.joined(separator: ",")
            } else {
                text = value.string ?? ""
            }
            fields[key.string ?? ""] = text
        }
        return fields
    }

    private func describe(_ alert: [Scenario.Field]) -> String {
        "{" + alert.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    }

    private func details(_ run: GuestResult.Run) -> [String] {
        guard !run.log.isEmpty else { return [] }
        let tail = run.log.split(whereSeparator: \.isNewline).suffix(12)
        return [indent("daemon's log:", tail.joined(separator: "\n"))]
    }

    private func indent(_ title: String, _ text: String) -> String {
        let body = text.isEmpty ? ["(empty)"] : text.split(whereSeparator: \.isNewline).map(String.init)
        return ([title] + body.map { "    | " + $0 }).joined(separator: "\n")
    }

    private func firstLine(_ text: String) -> Substring {
        text.split(whereSeparator: \.isNewline).first ?? ""
    }
}
