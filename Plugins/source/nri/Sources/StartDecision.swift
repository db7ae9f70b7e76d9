// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// Whether a container whose rule set is not known to be in force starts all the same: by the settings of `kubearmor
/// hook`.
struct StartDecision {
    let mayStart: Bool
    /// Why, and what to do.
    let text: String

    /// - Parameter namespace: of its pod; empty when it has none
    init(failure: String, container: String, namespace: String, _ host: Host) {
        if !namespace.isEmpty, host.list("hookAllowedNamespaces").contains(namespace) {
            mayStart = true
            text =
                "container \(container) starts without its rules: \(failure) (its namespace, \(namespace), is among "
                + "hookAllowedNamespaces)"
        } else if host.setting("hookFailure") == "open" {
            mayStart = true
            text = "container \(container) starts without its rules: \(failure) (hookFailure is open)"
        } else {
            mayStart = false
            let list = namespace.isEmpty ? "" : ", or add the namespace \(namespace) to hookAllowedNamespaces"
            text =
                "container \(container) is not started: \(failure); to start containers all the same set "
                + "hookFailure: open\(list)"
        }
    }
}
