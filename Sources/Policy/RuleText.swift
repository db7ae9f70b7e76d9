// SPDX-License-Identifier: Apache-2.0

extension ResolvedRule {
    /// "Block process.path /bin/nc from /bin/sh ownerOnly", for people.
    public var words: String {
        if match == .native { return "apparmor \(object.split(whereSeparator: \.isWhitespace).joined(separator: " "))" }
        var words = ["\(action.name) \(accessClass).\(match)", object]
        if flags.contains(.recursive) { words.append("recursive") }
        if flags.contains(.ownerOnly) { words.append("ownerOnly") }
        if flags.contains(.readOnly) { words.append("readOnly") }
        if flags.contains(.ttyOnly) { words.append("pts: false") }
        if let arguments { words.append("allowedArgs [\(arguments.joined(separator: ", "))]") }
        if let source { words.append("from \(source.path)\(source.recursive ? " recursive" : "")") }
        return words.joined(separator: " ")
    }

    /// "policy (file:line:column)".
    public var origin: String {
        let name = namespace.isEmpty ? policyName : "\(namespace)/\(policyName)"
        return "\(name) (\(location))"
    }
}
