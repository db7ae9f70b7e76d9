// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Where lines go: the setting `logPath`.
enum LogTarget: Hashable {
    case none
    case standardOutput
    case file(String)

    static let settingKey = "logPath"

    /// Reads the daemon's present setting; an absent or empty one is `none`.
    init(host: Host) throws(PluginFailure) {
        switch host.setting(LogTarget.settingKey) ?? "" {
        case "", "none": self = .none
        case "stdout": self = .standardOutput
        case let path where path.hasPrefix("/"): self = .file(path)
        case let other:
            throw PluginFailure(
                code: EINVAL,
                message: "\(LogTarget.settingKey): '\(other)' is not none, stdout or an absolute path: set it to one")
        }
    }

    /// As `plugins info` shows it.
    var mode: String {
        switch self {
        case .none: "none"
        case .standardOutput: "stdout"
        case .file: "file"
        }
    }
}
