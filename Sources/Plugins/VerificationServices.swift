// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// Services for a plugin that is being verified: it keeps its kernel objects apart from those of a daemon.
struct VerificationServices: PluginServices {
    private static let directory = "/sys/fs/bpf/kubearmor-verify"

    func log(plugin: String, level: UInt32, text: String) {}
    func emit(plugin: String, events: UnsafePointer<kubearmor_event>, count: Int) {}
    func metric(plugin: String, name: String, value: Int64) {}

    func setting(plugin: String, key: String) -> String? {
        // Profiles in a namespace of their own, in which no task is.
        if key == "appArmorNamespace" { return "kubearmor-verify" }
        // Nothing is loaded or labelled.
        if key == "selinuxTrial" { return "1" }
        // Ports of nobody else's, and no socket in the place of a daemon's.
        if ["gRPC", "gRPCHealthPort"].contains(key) { return "0" }
        if key == "gRPCSocket" { return "none" }
        if key == "gRPCAddress" { return "127.0.0.1" }
        guard key == "bpfFsPath" else { return nil }
        // Without a BPF file system the plugin finds out by itself.
        mkdir(Self.directory, 0o700)
        return Self.directory
    }

    /// Removes what the plugin was given, if it left nothing in it.
    static func cleanUp() {
        rmdir(directory)
    }
}
