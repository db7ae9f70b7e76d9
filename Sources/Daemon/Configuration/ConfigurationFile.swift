// SPDX-License-Identifier: Apache-2.0
import YAML

/// The values of a configuration file, each with its place.
struct ConfigurationFile {
    struct Value {
        let text: String
        /// `file:line:column`
        let place: String
    }

    let path: String
    private(set) var values: [String: Value] = [:]

    /// Reads a mapping of keys to scalars or to lists of scalars; everything else is an error.
    init(path: String, text: String) throws(ConfigurationError) {
        self.path = path
        let root: YAMLNode?
        do {
            root = try YAMLParser.document(text)
        } catch {
            throw Self.syntaxError(error, path: path)
        }
        guard let root, root.string?.isEmpty != true else { return }
        guard let mapping = root.mapping else {
            throw ConfigurationError(
                place: path, key: "", message: "is not a mapping", remedy: "write lines of the form key: value")
        }
        for (key, value) in mapping { try add(key, value) }
    }

    private mutating func add(_ key: YAMLNode, _ node: YAMLNode) throws(ConfigurationError) {
        let place = place(of: key)
        guard let name = key.string else {
            throw ConfigurationError(place: place, key: "", message: "the key is no word", remedy: "")
        }
        guard Settings.named(name) != nil else {
            let nearest = NearestName.of(name, among: Settings.all.map(\.name))
            throw ConfigurationError(
                place: place, key: name, message: "unknown key",
                remedy: nearest.map { "did you mean \($0)?" } ?? "`kubearmor daemon --help` lists the keys")
        }
        values[name] = Value(text: try text(of: node, key: name), place: self.place(of: node))
    }

    private func text(of node: YAMLNode, key: String) throws(ConfigurationError) -> String {
        switch node.content {
        case .scalar(let text, _):
            // An empty value, `key:`, is YAML's null; `~` and `null` are words like others.
            return text
        case .sequence(let elements):
            var words: [String] = []
            for element in elements {
                guard let word = element.string else { throw notScalar(element, key: key) }
                words.append(word)
            }
            return words.joined(separator: ",")
        case .mapping, .alias:
            throw notScalar(node, key: key)
        }
    }

    private func notScalar(_ node: YAMLNode, key: String) -> ConfigurationError {
        ConfigurationError(
            place: place(of: node), key: key, message: "takes one value",
            remedy: "write \(key): value, several words separated by commas")
    }

    private func place(of node: YAMLNode) -> String { "\(path):\(node.mark)" }

    private static func syntaxError(_ error: YAMLError, path: String) -> ConfigurationError {
        ConfigurationError(
            place: error.mark.map { "\(path):\($0)" } ?? path, key: "", message: "\(error)",
            remedy: "correct the YAML")
    }
}
