// SPDX-License-Identifier: Apache-2.0
import Workloads

/// Where the configuration comes from: flags, then environment, then a file, then defaults.
///
/// Kept by the daemon, which resolves it again when it is told to reload.
public struct ConfigurationSource: Sendable {
    /// Where the file is looked for when nobody names one; it need not exist.
    public static let usualPath = "/etc/kubearmor/kubearmor.yaml"

    private let flags: [String: String]
    private let environment: [String: String]
    private let path: String?

    /// - Parameters:
    ///   - flags: values from the command line, by key
    ///   - environment: the process's environment
    ///   - path: the file named on the command line, nil for `$KUBEARMOR_CFG` or ``usualPath``
    public init(flags: [String: String], environment: [String: String], path: String?) {
        self.flags = flags
        self.environment = environment
        self.path = path
    }

    /// Reads the file and resolves all keys.
    public func load() throws(ConfigurationError) -> Configuration {
        let named = path ?? environment["KUBEARMOR_CFG"]
        let path = named ?? Self.usualPath
        var text = ""
        do throws(FileText.ReadError) {
            text = try FileText.string(of: path, limit: 1 << 20)
        } catch {
            guard named == nil, error.isMissing else {
                throw ConfigurationError(
                    place: path, key: "", message: error.description, remedy: "name another file with --config")
            }
        }
        return try resolve(file: path, text: text)
    }

    /// As ``load()`` with the file's text at hand.
    public func resolve(file path: String, text: String) throws(ConfigurationError) -> Configuration {
        let file = try ConfigurationFile(path: path, text: text)
        var values: [String: String] = [:]
        var idle: [String] = []
        for setting in Settings.all {
            guard let (value, place) = find(setting, in: file) else {
                values[setting.name] = setting.fallback
                continue
            }
            let normal = normalized(value, setting)
            if let objection = setting.objection(to: normal) {
                throw ConfigurationError(
                    place: place, key: setting.name, message: "'\(value)' is not a value of it", remedy: objection)
            }
            values[setting.name] = normal
            if !setting.isEffective, normal != setting.fallback { idle.append("\(setting.name) (\(place))") }
        }
        return Configuration(values: values, idleKeys: idle)
    }

    private func find(_ setting: Setting, in file: ConfigurationFile) -> (value: String, place: String)? {
        if let value = flags[setting.name] { return (value, "flag --\(setting.name)") }
        let variable = setting.name.uppercased()
        if let value = environment[variable] { return (value, "environment variable \(variable)") }
        if let value = file.values[setting.name] { return (value.text, value.place) }
        if setting.name == "host", let value = environment["KUBEARMOR_NODENAME"] {
            return (value, "environment variable KUBEARMOR_NODENAME")
        }
        return nil
    }

    /// Words whose case does not matter, in lower case; blanks gone.
    private func normalized(_ value: String, _ setting: Setting) -> String {
        let value = value.trimmingBlanks()
        switch setting.values {
        case .flag:
            switch value.lowercased() {
            case "1", "t": return "true"
            case "0", "f": return "false"
            default: return value.lowercased()
            }
        case .posture, .word, .words: return value.lowercased()
        case .text, .number, .path, .labels: return value
        }
    }
}
