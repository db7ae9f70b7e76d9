// SPDX-License-Identifier: Apache-2.0
import Glibc
import JSON
import Workloads

/// A container's bundle before the container is made, and what is written into it: the hook that holds the container,
/// and the profile or label that it is started under.
public struct RuntimeBundle: Sendable {
    /// The bundle cannot be read or written.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Profiles that runtimes give where nobody asked for one.
    private static let usualProfiles = ["docker-default", "cri-containerd.apparmor.d"]
    private static let usualProfilePrefixes = ["containers-default-", "crio-default", "nerdctl-default"]

    public let bundle: ContainerBundle
    private let path: String
    private var configuration: JSONValue

    public init(_ arguments: RuntimeArguments) throws(ContainerBundle.Unreadable) {
        guard let state = ContainerState(id: arguments.container, bundle: arguments.bundle) else {
            throw ContainerBundle.Unreadable(
                description: "'\(arguments.container.prefix(80))' in '\(arguments.bundle)' is no container")
        }
        bundle = try ContainerBundle(state)
        path = ContainerBundle.path(in: arguments.bundle)
        configuration = bundle.configuration
    }

    /// Has the runtime run the hook, unless somebody else has seen to that.
    public mutating func add(_ installation: HookInstallation) {
        var hooks = configuration["hooks"] ?? .object([])
        for stage in HookInstallation.Stage.allCases {
            let isThere = hooks[stage.rawValue]?.elements.contains(where: HookInstallation.isOurs) ?? false
            guard !isThere else { return }
        }
        let stage = HookInstallation.Stage.createRuntime.rawValue
        hooks = hooks.setting(stage, .array((hooks[stage]?.elements ?? []) + [installation.hook]))
        configuration = configuration.setting("hooks", hooks)
    }

    /// Has the runtime start it under what the daemon says; a profile that somebody chose is left, and of a
    /// label all but the type.
    ///
    /// - Parameter isValid: whether the kernel takes a label
    public mutating func confine(_ confinement: ContainerConfinement, isValid: (String) -> Bool) throws(Failure) {
        guard var process = configuration["process"] else { return }
        let profile = process["apparmorProfile"]?.string ?? ""
        if !confinement.profile.isEmpty, Self.isUsual(profile: profile) {
            process = process.setting("apparmorProfile", .string(confinement.profile))
        }
        if !confinement.domain.isEmpty {
            let label = process["selinuxLabel"]?.string ?? ""
            process = process.setting("selinuxLabel", .string(try Self.label(label, confinement.domain, isValid)))
        }
        configuration = configuration.setting("process", process)
    }

    private static func isUsual(profile: String) -> Bool {
        profile.isEmpty || usualProfiles.contains(profile)
            || usualProfilePrefixes.contains { profile.hasPrefix($0) }
    }

    /// The label that the runtime would give with another type, else the first of the usual ones that is valid.
    private static func label(
        _ label: String, _ domain: String, _ isValid: (String) -> Bool
    ) throws(Failure) -> String {
        var fields = label.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        var candidates: [String] = []
        if fields.count >= 3 {
            fields[2] = domain
            candidates.append(fields.joined(separator: ":"))
        }
        candidates += ["system_u:system_r:\(domain):s0", "unconfined_u:unconfined_r:\(domain):s0"]
        guard let valid = candidates.first(where: isValid) else {
            throw Failure(
                description: "the kernel's policy has no label with the type \(domain): is another policy loaded?")
        }
        return valid
    }

    /// In one step: a runtime never reads half of it.
    public func write() throws(Failure) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("cannot be looked at") }
        let owner = (status.st_uid, status.st_gid)
        do throws(FileReplacement.WriteError) {
            try FileReplacement(through: "\(path).kubearmor", mode: status.st_mode & 0o777, leftover: O_EXCL)
                .replace(path, with: Array(configuration.text.utf8)) { fchown($0, owner.0, owner.1) == 0 }
        } catch {
            throw failure("cannot be replaced (\(SystemText.errno(error.number)))")
        }
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path) \(what): is the bundle on a full or read-only disk?")
    }
}
