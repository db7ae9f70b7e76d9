// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Checks the words of a note's `needs` against this node, before the library is loaded.
struct NodeNeeds {
    /// The modules in /sys/kernel/security/lsm, nil when securityfs is not mounted: then the probe has to find out.
    let modules: [String]?
    let hasBTF: Bool
    /// major, minor, patch
    let kernel: [Int]

    /// This node.
    static func current() -> NodeNeeds {
        let list = SystemText.contents(of: "/sys/kernel/security/lsm")
        let modules = list?.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
        var name = utsname()
        let release = uname(&name) == 0 ? withUnsafeBytes(of: name.release) { SystemText.bounded($0) } : ""
        return NodeNeeds(
            modules: modules, hasBTF: access("/sys/kernel/btf/vmlinux", R_OK) == 0, kernel: numbers(in: release))
    }

    /// The first need that is not met, nil when all are.
    func unmet(_ needs: String) -> PluginError? {
        for word in needs.split(separator: " ") {
            if let error = unmet(word: String(word)) { return error }
        }
        return nil
    }

    private func unmet(word: String) -> PluginError? {
        if word == "btf" {
            return hasBTF
                ? nil
                : PluginError(.needsBTF, "the kernel has no type information: /sys/kernel/btf/vmlinux cannot be read")
        }
        if word.hasPrefix("lsm=") {
            let name = String(word.dropFirst("lsm=".count))
            guard let modules, !modules.contains(name) else { return nil }
            return PluginError(
                .needsLSM,
                "\(name) is not in the kernel's list of security modules (\(modules.joined(separator: ","))): "
                    + "boot with lsm=\((modules + [name]).joined(separator: ","))")
        }
        let least = Self.numbers(in: word.dropFirst("kernel>=".count))
        if word.hasPrefix("kernel>="), !least.isEmpty {
            guard kernel.lexicographicallyPrecedes(least) else { return nil }
            let present = kernel.map(String.init).joined(separator: ".")
            return PluginError(.needsKernel, "the kernel is \(present), \(word) is needed")
        }
        return PluginError(.needsUnknown, "the note's need \"\(word)\" is unknown to this daemon: upgrade one of them")
    }

    /// The numbers at the beginning, separated by dots: "6.1.0-13-amd64" has 6, 1, 0.
    private static func numbers(in text: some StringProtocol) -> [Int] {
        let head = text.prefix { $0 == "." || ("0"..."9").contains($0) }
        return head.split(separator: ".").compactMap { Int($0) }
    }
}
