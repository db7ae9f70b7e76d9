// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// Dependencies: the one place that names them, each with its reason.
let dependencies: [Package.Dependency] = [
    // Command line: sub-commands, help and man-page text from one declaration.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // The daemon's own log; handlers write journald priorities.
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    // Signals (UnixSignals only: the service group is for tasks, and large; see Shutdown.swift).
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    // gRPC over a Unix socket, for plugins alone: containerd and CRI have no other interface. Without protobuf's
    // default trait, which is there for streams in files and wants all of Foundation.
    .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    // What grpc-swift-nio-transport does TLS with: the feeder grpc makes its certificate at every start.
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
]

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Hides everything a plugin defines except `kubearmor_plugin_entry`.
let exportOnlyEntry: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/plugin.map"])
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
]
let certificates: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "SwiftASN1", package: "swift-asn1"),
    .product(name: "X509", package: "swift-certificates"),
]

// The C plugins (bpflsm, ebpf) are built by the Makefile: linked here they would need libswiftCore.
let package = Package(
    name: "kubearmor",
    products: [
        .executable(name: "kubearmor", targets: ["kubearmor"]),
        .executable(name: "kubearmor-bench", targets: ["Bench"]),
        .executable(name: "kubearmor-cases", targets: ["Cases"]),
        .executable(name: "kubearmor-lab", targets: ["Lab"]),
        .library(name: "kubearmor-enforcer-noop", type: .dynamic, targets: ["NoopEnforcer"]),
        .library(name: "kubearmor-feeder-file", type: .dynamic, targets: ["FileFeeder"]),
        .library(name: "kubearmor-feeder-http", type: .dynamic, targets: ["HTTPFeeder"]),
        .library(name: "kubearmor-feeder-otlp", type: .dynamic, targets: ["OTLPFeeder"]),
        .library(name: "kubearmor-feeder-syslog", type: .dynamic, targets: ["SyslogFeeder"]),
        .library(name: "kubearmor-feeder-grpc", type: .dynamic, targets: ["GRPCFeeder"]),
        .library(name: "kubearmor-feeder-local", type: .dynamic, targets: ["LocalFeeder"]),
        .library(name: "kubearmor-monitor-replay", type: .dynamic, targets: ["ReplayMonitor"]),
        .library(name: "kubearmor-source-containerd", type: .dynamic, targets: ["ContainerdSource"]),
        .library(name: "kubearmor-source-cri", type: .dynamic, targets: ["CRISource"]),
        .library(name: "kubearmor-source-docker", type: .dynamic, targets: ["DockerSource"]),
        .library(name: "kubearmor-source-nri", type: .dynamic, targets: ["NRISource"]),
    ],
    dependencies: dependencies,
    targets: [
        // Headers.
        .target(name: "KernelEvents"),
        .target(name: "PluginABI"),
        // System libraries, and shims for what Swift cannot see.
        .systemLibrary(name: "CLibELF", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CLibFFI", pkgConfig: "libffi", providers: [.apt(["libffi-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CLinux"),
        // The core, bottom up.
        // Of libyaml and not of Yams, which wants all of Foundation: 11 MB of memory in a daemon on every node.
        .target(name: "YAML", dependencies: ["CLibYAML"]),
        .target(name: "Policy", dependencies: ["KernelEvents", "YAML"]),
        .target(name: "JSON"),
        // Raw events in files, for the daemon, for commands and for the monitor that plays them back.
        .target(name: "EventRecording", dependencies: ["JSON", "PluginABI"]),
        // What commands show of alerts and logs.
        .target(name: "EventViews", dependencies: ["JSON", "Policy"]),
        .target(name: "PolicyReports", dependencies: ["JSON", "Policy", "YAML"]),
        .target(name: "Plugins", dependencies: ["PluginABI", "CLibELF", "CLibFFI", "CLinux", "JSON"]),
        .target(name: "Workloads", dependencies: ["Policy", "CLinux"]),
        .target(name: "Events", dependencies: ["PluginABI", "Policy", "Workloads", "CLinux"]),
        .target(
            name: "Daemon",
            dependencies: [
                "CLinux", "EventRecording", "Events", "JSON", "PluginABI", "Plugins", "Policy", "Workloads", logging,
                signals, "YAML",
            ]),
        .executableTarget(
            name: "kubearmor",
            dependencies: [
                "CLinux", "Daemon", "EventRecording", "EventViews", "Events", "PluginABI", "Plugins", "Policy",
                "PolicyReports", arguments, logging,
            ]),
        // Plugins in Swift.
        .target(name: "PluginKit", dependencies: ["CLinux", "PluginABI"]),
        .target(name: "FileFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/file/Note"),
        .target(
            name: "FileFeeder", dependencies: ["FileFeederNote", "PluginABI", "PluginKit", "CLinux"],
            path: "Plugins/feeder/file/Sources", linkerSettings: exportOnlyEntry),
        .target(
            name: "HTTPFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/http/Note",
            exclude: ["page.html"]),
        .target(
            name: "HTTPFeeder", dependencies: ["CLinux", "HTTPFeederNote", "JSON", "PluginABI", "PluginKit"],
            path: "Plugins/feeder/http/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "OTLPFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/otlp/Note"),
        .target(
            name: "OTLPFeeder", dependencies: ["CLinux", "JSON", "OTLPFeederNote", "PluginABI", "PluginKit"],
            path: "Plugins/feeder/otlp/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "SyslogFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/syslog/Note"),
        .target(
            name: "SyslogFeeder", dependencies: ["CLinux", "PluginABI", "PluginKit", "SyslogFeederNote"],
            path: "Plugins/feeder/syslog/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "GRPCFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/grpc/Note"),
        .target(
            name: "GRPCFeeder",
            dependencies: ["GRPCFeederNote", "JSON", "PluginABI", "PluginKit"] + grpc + certificates,
            path: "Plugins/feeder/grpc/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "LocalFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/local/Note"),
        .target(
            name: "LocalFeeder", dependencies: ["LocalFeederNote", "PluginABI", "PluginKit", "CLinux"],
            path: "Plugins/feeder/local/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "NoopEnforcerNote", dependencies: ["PluginABI"], path: "Plugins/enforcer/noop/Note"),
        .target(
            name: "NoopEnforcer", dependencies: ["NoopEnforcerNote", "PluginABI", "PluginKit"],
            path: "Plugins/enforcer/noop/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "ReplayMonitorNote", dependencies: ["PluginABI"], path: "Plugins/monitor/replay/Note"),
        .target(
            name: "ReplayMonitor", dependencies: ["EventRecording", "PluginABI", "PluginKit", "ReplayMonitorNote"],
            path: "Plugins/monitor/replay/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "DockerSourceNote", dependencies: ["PluginABI"], path: "Plugins/source/docker/Note"),
        .target(
            name: "DockerSource", dependencies: ["CLinux", "DockerSourceNote", "JSON", "PluginABI", "PluginKit"],
            path: "Plugins/source/docker/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "NRIProtocol", path: "Plugins/source/nri/Protocol"),
        .target(name: "NRISourceNote", dependencies: ["PluginABI"], path: "Plugins/source/nri/Note"),
        .target(
            name: "NRISource", dependencies: ["CLinux", "NRIProtocol", "NRISourceNote", "PluginABI", "PluginKit"],
            path: "Plugins/source/nri/Sources", linkerSettings: exportOnlyEntry),
        // What sources with gRPC have in common.
        .target(
            name: "RuntimeAPI", dependencies: ["CLinux", "PluginKit"] + grpc, path: "Plugins/source/runtimes/Sources"),
        .target(name: "ContainerdSourceNote", dependencies: ["PluginABI"], path: "Plugins/source/containerd/Note"),
        .target(
            name: "ContainerdSource",
            dependencies: ["ContainerdSourceNote", "PluginABI", "PluginKit", "RuntimeAPI"] + grpc,
            path: "Plugins/source/containerd/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "CRISourceNote", dependencies: ["PluginABI"], path: "Plugins/source/cri/Note"),
        .target(
            name: "CRISource", dependencies: ["CRISourceNote", "JSON", "PluginABI", "PluginKit", "RuntimeAPI"] + grpc,
            path: "Plugins/source/cri/Sources", linkerSettings: exportOnlyEntry),
        // Tests.
        .executableTarget(
            name: "Bench", dependencies: ["CLinux", "Events", "PluginABI", "PluginKit", "Policy", "Workloads"],
            path: "Tests/Bench/Sources"),
        .executableTarget(name: "Cases", dependencies: ["Daemon", "Plugins", "Policy"], path: "Tests/Cases/Sources"),
        .executableTarget(name: "Lab", dependencies: ["CLinux", arguments, "YAML"], path: "Tests/Lab/Sources"),
        .testTarget(
            name: "DaemonTests",
            dependencies: ["CLinux", "Daemon", "Events", "PluginABI", "Plugins", "Policy", "Workloads", logging]),
        .testTarget(name: "EventRecordingTests", dependencies: ["EventRecording", "PluginABI"]),
        .testTarget(name: "EventViewsTests", dependencies: ["EventViews", "Policy"]),
        .testTarget(
            name: "EventsTests", dependencies: ["CLinux", "Events", "PluginABI", "PluginKit", "Policy", "Workloads"],
            exclude: ["Golden"]),
        .testTarget(
            name: "FeederTests", dependencies: ["PluginABI", "CLinux"], path: "Plugins/feeder",
            exclude: ["grpc", "local"]
                + ["file", "http", "otlp", "syslog"].flatMap { ["\($0)/Note", "\($0)/Sources"] },
            sources: ["Tests", "file/Tests", "http/Tests", "otlp/Tests", "syslog/Tests"]),
        .testTarget(name: "NRIProtocolTests", dependencies: ["NRIProtocol"], path: "Plugins/source/nri/Tests"),
        .testTarget(name: "NoopEnforcerTests", dependencies: ["PluginABI"], path: "Plugins/enforcer/noop/Tests"),
        .testTarget(name: "PluginKitTests", dependencies: ["PluginKit"]),
        .testTarget(
            name: "PluginsTests", dependencies: ["Plugins", "PluginABI", "CLinux"], exclude: ["Fixtures"]),
        .testTarget(name: "PolicyReportsTests", dependencies: ["JSON", "Policy", "PolicyReports"]),
        .testTarget(name: "PolicyTests", dependencies: ["Policy", "KernelEvents"], exclude: ["Golden"]),
        .testTarget(name: "TidyTests"),
        .testTarget(name: "WorkloadsTests", dependencies: ["Workloads", "Policy"]),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
    ],
    cLanguageStandard: .gnu2x
)

// Unit tests, which are compiled once more without optimisation, have no use for what links gRPC: half of the build.
if Context.environment["KUBEARMOR_WITHOUT_GRPC"] != nil {
    package.targets.removeAll { target in
        [
            "RuntimeAPI", "ContainerdSourceNote", "ContainerdSource", "CRISourceNote", "CRISource", "GRPCFeederNote",
            "GRPCFeeder",
        ].contains(target.name)
    }
    package.products.removeAll { product in
        ["kubearmor-source-containerd", "kubearmor-source-cri", "kubearmor-feeder-grpc"].contains(product.name)
    }
}

// Needs libFuzzer, which every object must be instrumented for: `make fuzz` sets this and builds in a place of its own.
if Context.environment["KUBEARMOR_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "Fuzz", dependencies: ["Policy"], path: "Tests/Fuzz/Sources"))
}

// Code that no event goes through is made small: it is resident on every node.
for target in package.targets where ["kubearmor", "Daemon", "EventViews", "PolicyReports"].contains(target.name) {
    target.swiftSettings = [.unsafeFlags(["-Osize"], .when(configuration: .release))]
}

for target in package.targets where target.type == .regular || target.type == .executable || target.type == .test {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
