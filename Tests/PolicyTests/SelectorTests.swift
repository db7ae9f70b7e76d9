// SPDX-License-Identifier: Apache-2.0
import Policy
import Testing

@Suite("Selectors choose workloads")
struct SelectorTests {
    private func identity(
        namespace: String = "shop", container: String = "web", labels: [String: String] = ["app": "web", "tier": "1"]
    ) -> WorkloadIdentity {
        WorkloadIdentity(
            isHost: false, name: "pod", namespace: namespace, containerName: container, labels: labels)
    }

    @Test(
        "A container policy selects by labels, container name and expressions",
        arguments: [
            ("{}", true),
            ("{matchLabels: {app: web}}", true),
            ("{matchLabels: {app: web, tier: \"1\"}}", true),
            ("{matchLabels: {app: web, tier: \"2\"}}", false),
            ("{matchLabels: {kubearmor.io/container.name: \"[db,web]\"}}", true),
            ("{matchLabels: {kubearmor.io/container.name: \"[db]\"}}", false),
            ("{matchLabels: {kubearmor.io/container.name: \"[]\"}}", true),
            ("{matchLabels: {kubearmor.io/container.name: web}}", true),
            ("{matchLabels: {kubearmor.io/container.name: w.*}}", true),
            ("{matchExpressions: [{key: label, operator: In, values: [app=db, app=web]}]}", true),
            ("{matchExpressions: [{key: label, operator: In, values: [app=db]}]}", false),
            ("{matchExpressions: [{key: label, operator: NotIn, values: [app=db]}]}", true),
            ("{matchExpressions: [{key: label, operator: NotIn, values: [app=web]}]}", false),
            (
                "{matchLabels: {app: web}, matchExpressions: [{key: label, operator: NotIn, values: [tier=1]}]}", false
            ),
        ])
    func containers(selector: String, isSelected: Bool) throws {
        let file = PolicyParser.parse(PolicyText.container(selector: selector), file: "a")
        let policy = try #require(file.policies.first, "\(file.diagnostics)")
        #expect(policy.selects(identity()) == isSelected)
        #expect(!policy.selects(identity(namespace: "other")))
    }

    @Test(
        "A cluster policy selects by namespaces and labels, in any order of its expressions",
        arguments: [
            ("[{key: namespace, operator: In, values: [shop, other]}]", true),
            ("[{key: namespace, operator: In, values: [other]}]", false),
            ("[{key: namespace, operator: NotIn, values: [other]}]", true),
            ("[{key: namespace, operator: NotIn, values: [shop]}]", false),
            (
                "[{key: label, operator: NotIn, values: [app=db]}, {key: namespace, operator: In, values: [shop]}]",
                true
            ),
            (
                "[{key: namespace, operator: In, values: [shop]}, {key: label, operator: NotIn, values: [app=web]}]",
                false
            ),
            ("[]", false),
        ])
    func cluster(expressions: String, isSelected: Bool) throws {
        let text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorClusterPolicy
            metadata: {name: a}
            spec: {selector: {matchExpressions: \(expressions)}, file: {matchPaths: [{path: /a}]}}
            """
        let file = PolicyParser.parse(text, file: "a")
        let policy = try #require(file.policies.first, "\(file.diagnostics)")
        #expect(policy.selects(identity()) == isSelected)
        let host = WorkloadIdentity(isHost: true, name: "n", namespace: "", containerName: "", labels: [:])
        #expect(!policy.selects(host))
    }

    @Test("A container policy without a namespace is for the namespace default")
    func defaultNamespace() throws {
        let file = PolicyParser.parse(PolicyText.container(selector: "{}", namespace: nil), file: "a")
        let policy = try #require(file.policies.first)
        #expect(policy.selects(identity(namespace: "default")))
        #expect(!policy.selects(identity()))
    }

    @Test(
        "A host policy selects hosts",
        arguments: [
            ("kubearmor.io/hostname: \"*\"", true), ("kubearmor.io/hostname: \"a, node-1\"", true),
            ("kubearmor.io/hostname: node", false), ("kubearmor.io/hostnamereg: \"node-*\"", true),
            ("kubearmor.io/hostnamereg: \"*-2\"", false), ("kubernetes.io/hostname: node-1", true),
            ("kubernetes.io/hostnamereg: \"n*e-.*\"", true), ("zone: west", true), ("zone: east", false),
            ("{kubearmor.io/hostname: \"*\", zone: east}", false), ("{}", false),
        ])
    func hosts(labels: String, isSelected: Bool) throws {
        let labels = labels.hasPrefix("{") ? labels : "{\(labels)}"
        let text = """
            apiVersion: security.kubearmor.com/v1
            kind: KubeArmorHostPolicy
            metadata: {name: a}
            spec: {nodeSelector: {matchLabels: \(labels)}}
            """
        let file = PolicyParser.parse(text, file: "a")
        let policy = try #require(file.policies.first, "\(file.diagnostics)")
        let host = WorkloadIdentity(
            isHost: true, name: "node-1", namespace: "", containerName: "", labels: ["zone": "west"])
        #expect(policy.selects(host) == isSelected)
        #expect(!policy.selects(identity()))
        #expect(file.diagnostics.contains { $0.code == "empty-selector" } == (labels == "{}"))
    }
}
