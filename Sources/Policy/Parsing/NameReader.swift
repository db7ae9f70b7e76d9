// SPDX-License-Identifier: Apache-2.0

/// Reads and checks names of protocols, capabilities, domains and system calls. The first three may be lists parted
/// by commas.
enum NameReader {
    static func protocols(_ field: Field) -> [String]? {
        list(field) { text in
            let name = text.lowercased()
            if NetworkProtocol.names.contains(name) { return name }
            unknown(field, "bad-protocol", "'\(text)' is not a protocol", name, NetworkProtocol.names)
            return nil
        }
    }

    static func capabilities(_ field: Field) -> [String]? {
        list(field) { text in
            var name = text.lowercased()
            if name.hasPrefix("cap_") {
                name = String(name.dropFirst(4))
                field.warning("capability-prefix", "'\(text)' is read as '\(name)'", "write '\(name)'")
            }
            if CapabilityName.number(of: name) != nil { return name }
            unknown(field, "bad-capability", "'\(text)' is not a capability", name, CapabilityName.all)
            return nil
        }
    }

    static func domains(_ field: Field) -> [String]? {
        list(field) { text in
            let name = DomainName.normalised(text)
            if DomainName.isValid(name) { return name }
            field.error(
                "bad-domain", "'\(text)' is not a DNS name", "write labels parted by dots; *. may stand before them")
            return nil
        }
    }

    static func syscalls(_ field: Field) -> [String]? {
        guard let names = field.strings() else { return nil }
        if names.isEmpty {
            field.error("missing-field", "the list of system calls is empty", "name at least one")
            return nil
        }
        for name in names where !SyscallName.isKnown(name) {
            unknown(field, "bad-syscall", "'\(name)' is not a system call", name, SyscallName.all)
            return nil
        }
        return names
    }

    private static func list(_ field: Field, _ read: (String) -> String?) -> [String]? {
        guard let text = field.string() else { return nil }
        let parts = text.split(separator: ",", omittingEmptySubsequences: true).map { trimmed($0) }.filter {
            !$0.isEmpty
        }
        if parts.isEmpty {
            field.error("missing-field", "the value is empty", "name at least one")
            return nil
        }
        let names = parts.map(read)
        return names.contains { $0 == nil } ? nil : names.compactMap(\.self)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func unknown(_ field: Field, _ code: String, _ message: String, _ name: String, _ names: [String]) {
        let nearest = EditDistance.nearest(to: name, in: names).map { "did you mean `\($0)`?" }
        let all = names.count <= 20 ? "write one of \(names.joined(separator: ", "))" : "correct the name"
        field.error(code, message, nearest ?? all)
    }
}
