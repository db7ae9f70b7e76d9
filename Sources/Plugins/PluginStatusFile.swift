// SPDX-License-Identifier: Apache-2.0
import JSON

/// The file in the run directory in which the daemon says what became of its plugins (plugins.json), for
/// `kubearmor plugins`, which runs in another process.
public enum PluginStatusFile {
    /// The file's name in the run directory.
    public static let name = "plugins.json"

    /// Throws `FILE_UNREADABLE` with the system's error.
    public static func write(_ reports: [PluginReport], to path: String) throws(PluginError) {
        try StatusFile.write([("plugins", .array(reports.map(\.jsonValue)))], to: path)
    }

    /// The reports of the daemon that wrote the file and still runs; nil when there is none.
    public static func read(_ path: String) -> [PluginReport]? {
        StatusFile.read(path)?["plugins"]?.elements.compactMap { PluginReport($0) }
    }
}
