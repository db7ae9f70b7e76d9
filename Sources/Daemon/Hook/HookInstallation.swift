// SPDX-License-Identifier: Apache-2.0
import Glibc
import JSON
import Workloads

/// How runtimes are told to run the hook.
public struct HookInstallation: Sendable {
    /// When the runtime runs it.
    public enum Stage: String, Sendable, CaseIterable {
        /// In the runtime's namespaces, after the container's were made.
        case createRuntime
        /// In the container's, before its root is.
        case createContainer
    }

    /// Where CRI-O and Podman look for hooks.
    static let directories = ["/etc/containers/oci/hooks.d", "/usr/share/containers/oci/hooks.d"]

    private let program: String
    private let arguments: [String]
    private let stage: Stage
    private let seconds: Int

    /// - Parameters:
    ///   - arguments: what stands behind the word `hook`
    ///   - milliseconds: the hook's own limit; the runtime's is a little longer
    public init(program: String, arguments: [String], stage: Stage, milliseconds: Int) {
        self.program = program
        self.arguments = arguments
        self.stage = stage
        seconds = milliseconds / 1000 + 5
    }

    /// A file of `hooks.d`, for CRI-O and Podman.
    public var hooksFile: String {
        JSONValue.object([
            ("version", .string("1.0.0")), ("hook", hook), ("when", .object([("always", .bool(true))])),
            ("stages", .array([.string(stage.rawValue)])),
        ]).indentedText
    }

    /// The part of OCI's `config.json`, for a base specification.
    public var specification: String {
        JSONValue.object([("hooks", .object([(stage.rawValue, .array([hook]))]))]).indentedText
    }

    var hook: JSONValue {
        .object([
            ("path", .string(program)),
            ("args", .array((["kubearmor", "hook"] + arguments).map(JSONValue.string))),
            ("timeout", .integer(Int64(seconds))),
        ])
    }

    /// A file that tells CRI-O or Podman to run it; nil when there is none.
    static func installed(in directories: [String] = directories) -> String? {
        for directory in directories {
            let names = (try? FileText.names(in: directory)) ?? []
            let files = names.lazy.filter { $0.hasSuffix(".json") }.map { "\(directory)/\($0)" }
            if let file = files.first(where: isOurs) { return file }
        }
        return nil
    }

    private static func isOurs(_ path: String) -> Bool {
        guard let text = try? FileText.string(of: path, limit: 1 << 16) else { return false }
        return JSONParser.parse(text)?["hook"].map(isOurs) ?? false
    }

    /// Whether a hook of a specification runs this program.
    static func isOurs(_ hook: JSONValue) -> Bool {
        (hook["args"]?.elements ?? []).prefix(2).compactMap(\.string) == ["kubearmor", "hook"]
    }
}
