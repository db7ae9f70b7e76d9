// SPDX-License-Identifier: Apache-2.0
import Yams

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
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Self.syntaxError(error, path: path)
        }
        guard let root else { return }
        if case .scalar(let scalar) = root, scalar.string.isEmpty { return }
        guard case .mapping(let mapping) = root else {
            throw ConfigurationError(
                place: path, key: "", message: "is not a mapping", remedy: "write lines of the form key: value")
        }
        for (key, value) in mapping { try add(key, value) }
    }

    private mutating func add(_ key: Node, _ node: Node) throws(ConfigurationError) {
        let place = place(of: key)
        guard case .scalar(let scalar) = key else {
            throw ConfigurationError(place: place, key: "", message: "the key is no word", remedy: "")
        }
        let name = scalar.string
        guard Settings.named(name) != nil else {
            let nearest = NearestName.of(name, among: Settings.all.map(\.name))
            throw ConfigurationError(
                place: place, key: name, message: "unknown key",
                remedy: nearest.map { "did you mean \($0)?" } ?? "`kubearmor daemon --help` lists the keys")
        }
        values[name] = Value(text: try text(of: node, key: name), place: self.place(of: node))
    }

    private func text(of node: Node, key: String) throws(ConfigurationError) -> String {
        switch node {
        case .scalar(let scalar):
            // An empty value, `key:`, is YAML's null; `~` and `null` are words like others.
            return scalar.string
        case .sequence(let sequence):
            var words: [String] = []
            for element in sequence {
                guard case .scalar(let scalar) = element else { throw notScalar(element, key: key) }
                words.append(scalar.string)
            }
            return words.joined(separator: ",")
        default:
            throw notScalar(node, key: key)
        }
    }

    private func notScalar(_ node: Node, key: String) -> ConfigurationError {
        ConfigurationError(
            place: place(of: node), key: key, message: "takes one value",
            remedy: "write \(key): value, several words separated by commas")
    }

    private func place(of node: Node) -> String {
        node.mark.map { "\(path):\($0.line):\($0.column)" } ?? path
    }

    private static func syntaxError(_ error: any Error, path: String) -> ConfigurationError {
        if case .scanner(_, let problem, let mark, _) = error as? YamlError {
            return ConfigurationError(
                place: "\(path):\(mark.line):\(mark.column)", key: "", message: problem, remedy: "correct the YAML")
        }
        if case .parser(_, let problem, let mark, _) = error as? YamlError {
            return ConfigurationError(
                place: "\(path):\(mark.line):\(mark.column)", key: "", message: problem, remedy: "correct the YAML")
        }
        return ConfigurationError(place: path, key: "", message: "\(error)", remedy: "correct the YAML")
    }
}
