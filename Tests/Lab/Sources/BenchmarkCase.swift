// SPDX-License-Identifier: Apache-2.0

/// One line of the benchmark's table: how the daemon is set up in the guest.
struct BenchmarkCase {
    let title: String
    var hasAgent = true
    var monitors = "all"
    /// Rules for the host, half of them file rules and half process rules; every twentieth file rule is a pattern.
    var rules = 0

    /// Paths whose neighbourhood the measured accesses are in.
    private static let folders = ["/tmp", "/tmp/1", "/tmp/1/2/3", "/tmp/1/2/3/4/5/6/7/8", "/lab/bin", "/bin"]
    /// A policy file holds no more.
    private static let rulesPerFile = 1_000

    static let all = [
        BenchmarkCase(title: "no agent", hasAgent: false),
        BenchmarkCase(title: "no policy for the task, enforcer alone", monitors: "none"),
        BenchmarkCase(title: "no policy for the task"),
        BenchmarkCase(title: "10 rules", rules: 10),
        BenchmarkCase(title: "1,000 rules", rules: 1_000),
        BenchmarkCase(title: "10,000 rules", rules: 10_000),
    ]

    /// The folder's files in the guest (guest/run.sh reads them).
    func files(in folder: String) -> [(path: String, content: [UInt8])] {
        guard hasAgent else { return [("\(folder)/none", [])] }
        let config = """
            k8s: "false"
            enableKubeArmorHostPolicy: "true"
            hostVisibility: none
            enforcer: bpflsm
            logPath: /lab/state/alerts.jsonl
            policyDir: /etc/kubearmor/policies
            monitors: "\(monitors)"

            """
        var files: [(path: String, content: [UInt8])] = [("\(folder)/config", Array(config.utf8))]
        if rules == 0 {
            let text = policy("other", selector: "kubearmor.io/hostname: elsewhere", file: [0], process: [0])
            files.append(("\(folder)/other.yaml", Array(text.utf8)))
            return files
        }
        files.append(("\(folder)/denied", Array(path("file", 0).utf8)))
        for first in stride(from: 0, to: rules, by: Self.rulesPerFile) {
            let numbers = Array((first / 2)..<(min(rules, first + Self.rulesPerFile) / 2))
            let text = policy(
                "rules-\(first)", selector: "kubearmor.io/hostname: \"*\"", file: numbers, process: numbers)
            files.append(("\(folder)/rules-\(first).yaml", Array(text.utf8)))
        }
        return files
    }

    private func path(_ word: String, _ number: Int) -> String {
        "\(Self.folders[number % Self.folders.count])/\(word)-\(number * 7919 % 1_000_003)"
    }

    private func isPattern(_ number: Int) -> Bool { number % 20 == 19 }

    private func policy(_ name: String, selector: String, file: [Int], process: [Int]) -> String {
        var text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorHostPolicy
            metadata: {name: \(name)}
            spec:
              nodeSelector: {matchLabels: {\(selector)}}
              action: Block
              file:
                matchPaths:

            """
        for number in file where !isPattern(number) { text += "    - path: \(path("file", number))\n" }
        let patterns = file.filter(isPattern)
        if !patterns.isEmpty { text += "    matchPatterns:\n" }
        for number in patterns { text += "    - pattern: \(path("file", number))-*[0-9].{key,pem}\n" }
        text += "  process:\n    matchPaths:\n"
        for number in process { text += "    - path: \(path("program", number))\n" }
        return text
    }
}
