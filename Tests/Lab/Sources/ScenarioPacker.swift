// SPDX-License-Identifier: Apache-2.0

/// Turns scenarios into the small files that the guest's runner reads.
struct ScenarioPacker {
    let enforcer: String?

    /// Daemon settings of every scenario unless it names others.
    private static let defaults = [
        ("k8s", "false"),
        ("cluster", "lab"),
        ("enableKubeArmorHostPolicy", "true"),
        ("hostVisibility", "none"),
        ("alertThrottling", "false"),
        // The runner clears the pins between scenarios.
        ("selfGuard", "false"),
        ("logPath", "/lab/state/alerts.jsonl"),
        ("policyDir", "/etc/kubearmor/policies"),
    ]

    func files(for scenarios: [Scenario]) -> [(path: String, content: [UInt8])] {
        var files: [(path: String, content: [UInt8])] = []
        for (index, scenario) in scenarios.enumerated() {
            let folder = "/lab/scenarios/\(padded(index + 1, 3))-\(scenario.name)"
            func add(_ name: String, _ text: String) {
                files.append(("\(folder)/\(name)", Array(text.utf8)))
            }
            add("config.yaml", config(of: scenario))
            add("requires", scenario.requires.joined(separator: "\n"))
            add("setup", scenario.setup)
            if !scenario.policies.isEmpty { add("policies.yaml", scenario.policies) }
            for (number, step) in scenario.steps.enumerated() {
                let part = padded(number + 1, 2)
                add("\(part)/run", step.run)
                add("\(part)/uid", String(step.uid))
                add("\(part)/want", step.alerts.map(fragments).joined(separator: "\n"))
                add("\(part)/absent", step.absentAlerts.isEmpty ? "" : "yes")
            }
        }
        return files
    }

    private func config(of scenario: Scenario) -> String {
        var settings = Self.defaults
        if let enforcer { settings.append(("enforcer", enforcer)) }
        let own = Set(scenario.config.map(\.key))
        return settings.filter { !own.contains($0.0) }.map { "\($0): \"\($1)\"\n" }.joined()
            + scenario.config.map { "\($0.key): \"\($0.value)\"\n" }.joined()
    }

    /// What the guest waits for in one line: the values that look the same however they are encoded.
    private func fragments(_ alert: [Scenario.Field]) -> String {
        let plain = alert.filter { field in
            field.value.kind == .equal
                && field.value.text.allSatisfy { $0.isASCII && ($0.isLetter || "- ".contains($0)) }
        }
        return plain.isEmpty ? "{" : plain.map { "\"\($0.value.text)\"" }.joined(separator: "\t")
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
