// SPDX-License-Identifier: Apache-2.0
internal import JSON
internal import PluginKit

/// How Docker's containers are called here.
enum DockerIdentity {
    /// Nil for an answer that is about no container.
    ///
    /// - Parameter digests: `name@digest` of its image
    static func container(_ value: JSONValue, digests: [String]) -> ReportedContainer? {
        guard let id = value["Id"]?.string else { return nil }
        var result = ReportedContainer(id: id)
        let name = value["Name"]?.string ?? ""
        result.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
        result.runtime = "docker"
        let given = value["Config"]?["Image"]?.string ?? ""
        result.image = image(given, digests: digests)
        if case .object(let labels)? = value["Config"]?["Labels"] {
            for label in labels { result.labels[label.key] = label.value.string ?? "" }
        }
        let state = value["State"]
        result.initPID = UInt32(clamping: state?["Pid"]?.integer ?? 0)
        result.state = self.state(of: state?["Status"]?.string ?? "", hasProcess: result.initPID != 0)
        // Mounted while the container runs.
        if result.initPID != 0 { result.root = value["GraphDriver"]?["Data"]?["MergedDir"]?.string ?? "" }
        return result
    }

    private static func state(of status: String, hasProcess: Bool) -> ReportedContainer.State {
        switch status {
        case "created": hasProcess ? .created : .stopped
        case "running", "restarting", "removing": hasProcess ? .running : .stopped
        case "paused": .paused
        default: .stopped
        }
    }

    /// The name that the container was made with, and the digest that it stood for where an image came from a registry.
    private static func image(_ given: String, digests: [String]) -> String {
        guard !given.contains("@") else { return given }
        let repository = repository(of: given)
        guard let known = digests.first(where: { self.repository(of: $0) == repository }) ?? digests.first,
            let at = known.firstIndex(of: "@")
        else { return given }
        return given + known[at...]
    }

    /// Without the tag and the digest: a port has a colon, too, but a slash follows it.
    private static func repository(of name: String) -> Substring {
        let plain = name.prefix { $0 != "@" }
        guard let colon = plain.lastIndex(of: ":"), !plain[colon...].contains("/") else { return plain }
        return plain[..<colon]
    }
}
