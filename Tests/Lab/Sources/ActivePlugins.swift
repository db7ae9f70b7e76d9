// SPDX-License-Identifier: Apache-2.0
import YAML

/// What the daemon said about its plugins (/run/kubearmor/plugins.json).
struct ActivePlugins {
    var enforcer = ""
    var capabilities: Set<String> = []

    init(json: String) {
        guard let root = try? YAMLParser.document(json) else { return }
        let list = root.sequence ?? root.mapping?.first(where: { $0.key.string == "plugins" })?.value.sequence
        for node in list ?? [] {
            guard let plugin = node.mapping, plugin["status"]?.string == "active" else { continue }
            if plugin["kind"]?.string == "enforcer" { enforcer = plugin["name"]?.string ?? "" }
            for word in plugin["capabilities"]?.sequence ?? [] { capabilities.insert(word.string ?? "") }
        }
    }
}
