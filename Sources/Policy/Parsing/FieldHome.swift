// SPDX-License-Identifier: Apache-2.0

/// Where fields belong that stand where they mean nothing.
enum FieldHome {
    private static let homes: [(names: [String], home: String)] = [
        (["matchPaths"], "spec.process, spec.file or spec.syscalls"),
        (["matchDirectories", "matchPatterns"], "spec.process or spec.file"),
        (["matchProtocols", "matchDNSQueries"], "spec.network"),
        (["matchCapabilities"], "spec.capabilities"),
        (["matchSyscalls"], "spec.syscalls"),
        (["matchDevice"], "spec.device"),
        (["matchLabels", "matchExpressions"], "spec.selector (of host policies spec.nodeSelector)"),
        (
            [
                "process", "file", "network", "capabilities", "syscalls", "presets", "apparmor", "device", "selector",
                "nodeSelector",
            ], "spec"
        ),
        (
            ["path", "dir", "pattern", "execname", "fromSource", "recursive", "readOnly", "ownerOnly", "allowedArgs"],
            "a rule, an element of a list such as spec.file.matchPaths"
        ),
        (["protocol", "domain"], "a rule of spec.network"),
        (["capability"], "a rule of spec.capabilities"),
        (["syscall"], "a rule of spec.syscalls"),
        (["severity", "tags", "message", "action"], "a rule, its section or spec"),
        (["name", "namespace", "labels", "annotations"], "metadata"),
        (["metadata", "spec"], "the document itself"),
    ]

    /// The place of a field of this name, nil when no field has it.
    static func home(of name: String) -> String? {
        homes.first { $0.names.contains(name) }?.home
    }
}
