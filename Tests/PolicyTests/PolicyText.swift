// SPDX-License-Identifier: Apache-2.0
import Policy

/// Policy documents for tests.
enum PolicyText {
    /// A host policy whose `spec` goes on with these lines, which begin on line 8.
    static func host(_ spec: String) -> String {
        """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorHostPolicy
        metadata:
          name: sample
        spec:
          nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
          action: Block
        \(indented(spec))
        """
    }

    /// A container policy with this selector.
    static func container(selector: String, namespace: String? = "shop") -> String {
        """
        apiVersion: security.kubearmor.com/v1
        kind: KubeArmorPolicy
        metadata:
          name: sample
        \(namespace.map { "  namespace: \($0)" } ?? "")
        spec:
          selector: \(selector)
          process: {matchPaths: [{path: /bin/ls}]}
        """
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }
}
