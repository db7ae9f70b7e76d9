// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// Dependencies: the one place that names them, each with its reason.
let dependencies: [Package.Dependency] = [
    // Command line: sub-commands, help and man-page text from one declaration.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // The daemon's own log; handlers write journald priorities.
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    // Signals, and the order in which services start and stop.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    // YAML with line and column (Yams.compose only: no implicit typing, no aliases).
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
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
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// The C plugins (bpflsm, ebpf) are built by the Makefile: linked here they would need libswiftCore.
let package = Package(
    name: "kubearmor",
    products: [
        .executable(name: "kubearmor", targets: ["kubearmor"]),
        .executable(name: "kubearmor-cases", targets: ["Cases"]),
        .executable(name: "kubearmor-lab", targets: ["Lab"]),
        .library(name: "kubearmor-enforcer-noop", type: .dynamic, targets: ["NoopEnforcer"]),
        .library(name: "kubearmor-feeder-file", type: .dynamic, targets: ["FileFeeder"]),
    ],
    dependencies: dependencies,
    targets: [
        // Headers.
        .target(name: "KernelEvents"),
        .target(name: "PluginABI"),
        // System libraries, and shims for what Swift cannot see.
        .systemLibrary(name: "CLibELF", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CLibFFI", pkgConfig: "libffi", providers: [.apt(["libffi-dev"])]),
        .target(name: "CLinux"),
        // The core, bottom up.
        .target(name: "Policy", dependencies: ["KernelEvents", yams]),
        .target(name: "JSON"),
        .target(name: "PolicyReports", dependencies: ["JSON", "Policy", yams]),
        .target(name: "Plugins", dependencies: ["PluginABI", "CLibELF", "CLibFFI", "CLinux", "JSON"]),
        .target(name: "Workloads", dependencies: ["Policy", "CLinux"]),
        .target(name: "Events", dependencies: ["PluginABI", "Policy", "Workloads", "CLinux"]),
        .target(
            name: "Daemon",
            dependencies: [
                "CLinux", "Events", "JSON", "PluginABI", "Plugins", "Policy", "Workloads", logging, lifecycle, signals,
                yams,
            ]),
        .executableTarget(
            name: "kubearmor",
            dependencies: ["Daemon", "Plugins", "Policy", "PolicyReports", "CLinux", arguments, logging]),
        // Plugins in Swift.
        .target(name: "PluginKit", dependencies: ["PluginABI"]),
        .target(name: "FileFeederNote", dependencies: ["PluginABI"], path: "Plugins/feeder/file/Note"),
        .target(
            name: "FileFeeder", dependencies: ["FileFeederNote", "PluginABI", "PluginKit", "CLinux"],
            path: "Plugins/feeder/file/Sources", linkerSettings: exportOnlyEntry),
        .target(name: "NoopEnforcerNote", dependencies: ["PluginABI"], path: "Plugins/enforcer/noop/Note"),
        .target(
            name: "NoopEnforcer", dependencies: ["NoopEnforcerNote", "PluginABI", "PluginKit"],
            path: "Plugins/enforcer/noop/Sources", linkerSettings: exportOnlyEntry),
        // Tests.
        .executableTarget(name: "Cases", dependencies: ["Daemon", "Plugins", "Policy"], path: "Tests/Cases/Sources"),
        .executableTarget(name: "Lab", dependencies: ["CLinux", arguments, yams], path: "Tests/Lab/Sources"),
        .testTarget(
            name: "DaemonTests",
            dependencies: ["Daemon", "Events", "PluginABI", "Plugins", "Policy", "Workloads", logging]),
        .testTarget(name: "EventsTests", dependencies: ["Events", "PluginABI", "Policy", "Workloads"]),
        .testTarget(
            name: "FileFeederTests", dependencies: ["PluginABI", "CLinux"], path: "Plugins/feeder/file/Tests"),
        .testTarget(name: "NoopEnforcerTests", dependencies: ["PluginABI"], path: "Plugins/enforcer/noop/Tests"),
        .testTarget(
            name: "PluginsTests", dependencies: ["Plugins", "PluginABI", "CLinux"], exclude: ["Fixtures"]),
        .testTarget(name: "PolicyReportsTests", dependencies: ["JSON", "Policy", "PolicyReports"]),
        .testTarget(name: "PolicyTests", dependencies: ["Policy", "KernelEvents"], exclude: ["Golden"]),
        .testTarget(name: "TidyTests"),
        .testTarget(name: "WorkloadsTests", dependencies: ["Workloads", "Policy"]),
    ],
    cLanguageStandard: .gnu2x
)

// Needs libFuzzer, which every object must be instrumented for: `make fuzz` sets this and builds in a place of its own.
if Context.environment["KUBEARMOR_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "Fuzz", dependencies: ["Policy"], path: "Tests/Fuzz/Sources"))
}

for target in package.targets where target.type == .regular || target.type == .executable || target.type == .test {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
