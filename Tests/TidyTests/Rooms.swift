// SPDX-License-Identifier: Apache-2.0

/// Which modules the code of a folder may import, besides its own and the system's.
enum Rooms {
    /// Modules of the toolchain that any room may use.
    static let system: Set<String> = ["Dispatch", "Glibc", "Synchronization"]

    /// Files that may import Foundation, each with a reason beside it.
    static let foundation: Set<String> = [
        // Reads a folder tree of files; a test, so nothing is shipped for it.
        "Tests/PolicyTests/CorpusTests.swift"
    ]

    static let imports: [String: Set<String>] = [
        "Sources/CLibELF": [],
        "Sources/CLibFFI": [],
        "Sources/CLibYAML": [],
        "Sources/CLinux": [],
        "Sources/KernelEvents": [],
        "Sources/PluginABI": [],
        "Sources/PluginKit": ["CLinux", "PluginABI"],
        "Sources/YAML": ["CLibYAML"],
        "Sources/Policy": ["KernelEvents", "YAML"],
        "Sources/JSON": [],
        "Sources/EventRecording": ["JSON", "PluginABI"],
        "Sources/EventViews": ["JSON", "Policy"],
        "Sources/PolicyReports": ["JSON", "Policy", "YAML"],
        "Sources/Plugins": ["PluginABI", "CLibELF", "CLibFFI", "CLinux", "JSON"],
        "Sources/Workloads": ["Policy", "CLinux"],
        "Sources/Events": ["PluginABI", "Policy", "Workloads", "CLinux"],
        "Sources/Daemon": [
            "JSON",
            "CLinux", "EventRecording", "Events", "PluginABI", "Plugins", "Policy", "Workloads", "Logging",
            "UnixSignals", "YAML",
        ],
        "Sources/kubearmor": [
            "CLinux", "Daemon", "EventRecording", "EventViews", "Events", "PluginABI", "Plugins", "Policy",
            "PolicyReports", "ArgumentParser", "Logging",
        ],
    ]

    /// What a plugin in Swift may import besides its own system library.
    static let ofPlugins: Set<String> = ["PluginABI", "PluginKit", "CLinux"]

    /// Plugins in Swift with libraries of their own, by folder.
    private static let ofSomePlugins: [String: Set<String>] = [
        // A module without imports, which the plugin has a copy of.
        "Plugins/feeder/http": ["HTTPFeederNote", "JSON"],
        "Plugins/feeder/otlp": ["JSON"],
        "Plugins/source/docker": ["JSON"],
        // What its runtime speaks, apart so that tests can link it.
        "Plugins/source/nri": ["NRIProtocol"],
        // The format, of which the plugin has a copy too.
        "Plugins/monitor/replay": ["EventRecording"],
        "Plugins/source/containerd": grpc.union(["RuntimeAPI"]),
        "Plugins/source/cri": grpc.union(["JSON", "RuntimeAPI"]),
        "Plugins/source/runtimes": grpc,
        // The first is for dates, which certificates have.
        "Plugins/feeder/grpc": grpc.union([
            "FoundationEssentials", "Crypto", "JSON", "NIOSSL", "SwiftASN1", "X509",
        ]),
    ]

    private static let grpc: Set<String> = [
        "GRPCCore", "GRPCNIOTransportHTTP2Posix", "GRPCProtobuf", "NIOCore", "NIOPosix", "SwiftProtobuf",
    ]

    /// The allowed modules for a file; nil when its folder is in no room.
    static func allowed(for path: String) -> Set<String>? {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "Sources" where parts.count > 2: return imports["Sources/\(parts[1])"]
        case "Plugins" where parts.count > 3:
            return ofPlugins.union(ofSomePlugins[parts[..<3].joined(separator: "/")] ?? [])
        default: return nil
        }
    }

    /// The module that a line of code imports.
    static func module(importedBy line: String) -> String? {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }.map(String.init)
        guard let index = words.firstIndex(of: "import"),
            words[..<index].allSatisfy({
                $0.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains($0)
            })
        else { return nil }
        let rest = words[(index + 1)...].drop { ["struct", "class", "enum", "protocol", "func", "var"].contains($0) }
        return rest.first?.split(separator: ".").first.map(String.init)
    }
}
