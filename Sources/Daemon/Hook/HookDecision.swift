// SPDX-License-Identifier: Apache-2.0

/// Whether a container whose rule set is not known to be in force starts all the same.
public struct HookDecision: Sendable, Hashable {
    public let mayStart: Bool
    /// Why, and what to do.
    public let text: String

    /// - Parameters:
    ///   - container: its id
    ///   - namespace: of its pod; nil when that is not known, or it has none
    public init(
        failure: String, container: String, namespace: String?, _ configuration: Configuration
    ) {
        if let namespace, configuration.hookAllowedNamespaces.contains(namespace) {
            mayStart = true
            text =
                "container \(container) starts without its rules: \(failure) (its namespace, \(namespace), is among "
                + "hookAllowedNamespaces)"
        } else if configuration.hookFailure == .open {
            mayStart = true
            text = "container \(container) starts without its rules: \(failure) (hookFailure is open)"
        } else {
            mayStart = false
            let list = namespace.map { ", or add the namespace \($0) to hookAllowedNamespaces" } ?? ""
            text =
                "container \(container) is not started: \(failure); to start containers all the same set "
                + "hookFailure: open\(list)"
        }
    }
}
