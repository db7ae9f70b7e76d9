// SPDX-License-Identifier: Apache-2.0
import Daemon
import Policy
import Testing

@Suite struct ConfigurationTests {
    private func resolve(
        _ text: String = "", flags: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> Configuration {
        try ConfigurationSource(flags: flags, environment: environment, path: nil)
            .resolve(file: "kubearmor.yaml", text: text)
    }

    @Test("Without a word from anybody the defaults hold")
    func defaults() throws {
        let configuration = try resolve()
        #expect(configuration.cluster == "default")
        #expect(configuration.policyDirectory == "/etc/kubearmor/policies")
        #expect(configuration.runDirectory == "/run/kubearmor")
        #expect(configuration.requiredEnforcer == nil)
        #expect(configuration.enforcerOrder == ["bpflsm", "apparmor", "selinux"])
        #expect(configuration.feeders == ["file", "local"])
        #expect(configuration.monitors == nil)
        #expect(configuration.enablesHostPolicy)
        #expect(configuration.hostPostures.file == .audit)
        #expect(configuration.hostVisibility == 0b11111)
        #expect(configuration.values["logPath"] == "none")
        #expect(configuration.idleKeys.isEmpty)
    }

    @Test("A flag is stronger than the environment, which is stronger than the file")
    func order() throws {
        let text = "hostDefaultFilePosture: block"
        let variable = ["HOSTDEFAULTFILEPOSTURE": "allow"]
        #expect(try resolve(text).hostPostures.file == .block)
        #expect(try resolve(text, environment: variable).hostPostures.file == .allow)
        let flag = ["hostDefaultFilePosture": "audit"]
        #expect(try resolve(text, flags: flag, environment: variable).hostPostures.file == .audit)
    }

    @Test(
        "What a key does not take is refused with place, key and advice",
        arguments: [
            (
                "cluster: c\ndefaultFilePostur: block",
                "kubearmor.yaml:2:1: defaultFilePostur: unknown key: did you mean defaultFilePosture?"
            ),
            (
                "hostDefaultFilePosture: blok",
                "kubearmor.yaml:1:25: hostDefaultFilePosture: 'blok' is not a value of it: use allow, audit or block"
            ),
            ("gRPC: 99999", "kubearmor.yaml:1:7: gRPC: '99999' is not a value of it: use a number from 0 to 65535"),
            (
                "hostVisibility: process,fil",
                "kubearmor.yaml:1:17: hostVisibility: 'process,fil' is not a value of it: 'fil' is none of process, "
                    + "file, network, capabilities, dns, ima, none, default"
            ),
            ("runDir: here", "kubearmor.yaml:1:9: runDir: 'here' is not a value of it: use an absolute path"),
            (
                "cluster: {a: b}",
                "kubearmor.yaml:1:10: cluster: takes one value: write cluster: value, several words separated by commas"
            ),
            ("- cluster", "kubearmor.yaml: is not a mapping: write lines of the form key: value"),
        ])
    func refusals(_ text: String, _ message: String) {
        do {
            _ = try resolve(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test("Broken YAML is refused with its place")
    func syntax() {
        #expect {
            try resolve("cluster: [a")
        } throws: { error in
            "\(error)".hasPrefix("kubearmor.yaml:") && error is ConfigurationError
        }
    }

    @Test("A wrong value from a flag or the environment says so")
    func places() {
        for (flags, environment, place) in [
            (["logLevel": "loud"], [:], "flag --logLevel"),
            ([:], ["LOGLEVEL": "loud"], "environment variable LOGLEVEL"),
        ] as [([String: String], [String: String], String)] {
            #expect {
                try resolve(flags: flags, environment: environment)
            } throws: { error in
                (error as? ConfigurationError)?.place == place
            }
        }
    }

    @Test("A file that was named must be there, the usual one need not")
    func missingFile() throws {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationSource(flags: [:], environment: [:], path: "/nowhere/k.yaml").load()
        }
        #expect(throws: ConfigurationError.self) {
            try ConfigurationSource(flags: [:], environment: ["KUBEARMOR_CFG": "/nowhere/k.yaml"], path: nil).load()
        }
    }

    @Test("Lists may be written as YAML lists, words in any case, booleans as Go has them")
    func spellings() throws {
        let configuration = try resolve(
            "hostVisibility: [Process, FILE]\nenableKubeArmorHostPolicy: False\nlsm: bpf\nhostLabels: a=1,b=2")
        #expect(configuration.hostVisibility == 0b11)
        #expect(!configuration.enablesHostPolicy)
        #expect(configuration.enforcerOrder == ["bpflsm"])
        #expect(configuration.hostLabels == ["a": "1", "b": "2"])
        #expect(try resolve("hostVisibility: none").hostVisibility == 0)
    }

    @Test("Keys of KubeArmor that do nothing yet are accepted and named")
    func idleKeys() throws {
        #expect(try resolve("k8s: false").idleKeys.isEmpty)
        #expect(try resolve("k8s: true").idleKeys == ["k8s (kubearmor.yaml:1:6)"])
    }

    @Test("What a running daemon cannot take over is named")
    func restarts() throws {
        let old = try resolve()
        #expect(try resolve("logPath: stdout").keysThatNeedRestart(comparedWith: old).isEmpty)
        #expect(try resolve("enforcer: noop").keysThatNeedRestart(comparedWith: old) == ["enforcer"])
    }
}
