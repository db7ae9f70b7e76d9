// SPDX-License-Identifier: Apache-2.0

/// The object of a syscall rule: a name, and for `syscalls.matchPaths` a blank and a path or directory behind it.
struct SyscallObject {
    let name: String
    let path: String?

    init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        name = parts.first.map { String($0) } ?? ""
        path = parts.count > 1 ? String(parts[1]) : nil
    }

    func matches(_ call: String, _ object: String?, _ recursive: Bool) -> Bool {
        guard call == name else { return false }
        guard let path else { return true }
        guard let object else { return false }
        let kind: MatchKind = path.utf8.last == UInt8(ascii: "/") ? .directory : .path
        return kind.matches(name: path, recursive: recursive, path: Array(object.utf8))
    }
}

extension RuleSet {
    /// The system calls that its rules name, each once, sorted.
    public var syscallNames: [String] {
        Set(rules.lazy.filter { $0.accessClass == .syscall }.map { SyscallObject($0.object).name }).sorted()
    }
}
