// SPDX-License-Identifier: Apache-2.0

/// One list of rules of a section: its name, the fields of its rules, and how a rule's objects are read.
struct RuleList {
    let name: String
    let accessClass: AccessClass
    /// Fields besides those that every rule has.
    let fields: [String]

    /// The lists of a section of `spec`.
    static func lists(ofSection section: String) -> [RuleList] {
        switch section {
        case "process":
            [
                RuleList(
                    name: "matchPaths", accessClass: .process,
                    fields: ["path", "execname", "allowedArgs", "ownerOnly", "pts", "fromSource"]),
                RuleList(
                    name: "matchDirectories", accessClass: .process,
                    fields: ["dir", "recursive", "ownerOnly", "pts", "fromSource"]),
                RuleList(
                    name: "matchPatterns", accessClass: .process, fields: ["pattern", "ownerOnly", "fromSource"]),
            ]
        case "file":
            [
                RuleList(
                    name: "matchPaths", accessClass: .file,
                    fields: ["path", "ownerOnly", "readOnly", "pts", "fromSource"]),
                RuleList(
                    name: "matchDirectories", accessClass: .file,
                    fields: ["dir", "recursive", "ownerOnly", "readOnly", "pts", "fromSource"]),
                RuleList(
                    name: "matchPatterns", accessClass: .file,
                    fields: ["pattern", "ownerOnly", "readOnly", "fromSource"]),
            ]
        case "network":
            [
                RuleList(name: "matchProtocols", accessClass: .network, fields: ["protocol", "pts", "fromSource"]),
                RuleList(name: "matchDNSQueries", accessClass: .dns, fields: ["domain", "fromSource"]),
            ]
        case "capabilities":
            [RuleList(name: "matchCapabilities", accessClass: .capability, fields: ["capability", "fromSource"])]
        case "syscalls":
            [
                RuleList(name: "matchSyscalls", accessClass: .syscall, fields: ["syscall", "fromSource"]),
                RuleList(
                    name: "matchPaths", accessClass: .syscall, fields: ["path", "recursive", "syscall", "fromSource"]),
            ]
        default: []
        }
    }

    typealias Object = (match: MatchKind, name: String)

    /// What a rule is about; several where it has a list. Nil when there is an error.
    func objects(_ rule: Field, _ fields: [String: Field]) -> [Object]? {
        switch (accessClass, name) {
        case (.process, "matchPaths") where fields["execname"] != nil:
            return executableName(fields)
        case (.process, "matchPaths"), (.file, "matchPaths"):
            return required("path", rule, fields).flatMap(PathReader.path).map { [(.path, $0)] }
        case (_, "matchDirectories"):
            return required("dir", rule, fields).flatMap(PathReader.directory).map { [(.directory, $0)] }
        case (_, "matchPatterns"):
            return required("pattern", rule, fields).flatMap(PathReader.pattern).map { [(.pattern, $0)] }
        case (.network, _):
            return required("protocol", rule, fields).flatMap(NameReader.protocols)?.map { (.protocol, $0) }
        case (.dns, _):
            return required("domain", rule, fields).flatMap(NameReader.domains)?.map { (.domain, $0) }
        case (.capability, _):
            return required("capability", rule, fields).flatMap(NameReader.capabilities)?.map { (.capability, $0) }
        default:
            return syscalls(rule, fields)
        }
    }

    private func executableName(_ fields: [String: Field]) -> [Object]? {
        guard let name = fields["execname"] else { return nil }
        if fields["path"] != nil {
            name.error("path-and-execname", "the rule has both path and execname", "write two rules")
            return nil
        }
        return PathReader.executableName(name).map { [(.execname, $0)] }
    }

    private func syscalls(_ rule: Field, _ fields: [String: Field]) -> [Object]? {
        guard let calls = required("syscall", rule, fields).flatMap(NameReader.syscalls) else { return nil }
        guard name == "matchPaths" else { return calls.map { (.syscall, $0) } }
        guard let field = required("path", rule, fields), let text = field.string() else { return nil }
        let isDirectory = text.utf8.last == UInt8(ascii: "/")
        guard let path = isDirectory ? PathReader.directory(field) : PathReader.path(field) else { return nil }
        return calls.map { (.syscall, "\($0) \(path)") }
    }

    private func required(_ field: String, _ rule: Field, _ fields: [String: Field]) -> Field? {
        if let found = fields[field] { return found }
        let hint = field == "path" && accessClass == .process ? "add path or execname" : "add \(field)"
        rule.error("missing-field", "the rule has no \(field)", hint)
        return nil
    }
}
