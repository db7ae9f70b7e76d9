// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import Glibc

/// Where plugins are looked for.
public enum PluginSearchPath {
    /// The variable that replaces the search path for a process without privileges: directories, colons between.
    public static let variable = "KUBEARMOR_PLUGIN_PATH"

    /// The directories, first the one that belongs to this executable, `../lib/kubearmor/plugins` beside its own, then
    /// `configured`, which must come from configuration that root owns.
    public static func directories(configured: [String] = []) -> [String] {
        if let override { return override }
        return (installed.map { [$0] } ?? []) + configured
    }

    /// Root, and whoever gained rights by executing this file, must not load what a variable names.
    private static var override: [String]? {
        guard geteuid() != 0, kubearmor_is_secure_execution() == 0, let value = getenv(variable) else { return nil }
        return String(cString: value).split(separator: ":").map(String.init)
    }

    private static var installed: String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        let components = String(cString: path).split(separator: "/")
        guard components.count >= 2 else { return nil }
        return "/" + (components.dropLast(2) + ["lib", "kubearmor", "plugins"]).joined(separator: "/")
    }
}
