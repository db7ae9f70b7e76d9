// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// How much a line of a plugin's log matters.
public enum LogLevel: Sendable, Hashable {
    case debug, info, warning, error

    var number: UInt32 {
        switch self {
        case .debug: KUBEARMOR_LOG_DEBUG
        case .info: KUBEARMOR_LOG_INFO
        case .warning: KUBEARMOR_LOG_WARNING
        case .error: KUBEARMOR_LOG_ERROR
        }
    }
}
