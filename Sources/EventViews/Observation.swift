// SPDX-License-Identifier: Apache-2.0
public import Policy

/// One thing that a workload did, as a log, an alert or a recording tells of it.
public struct Observation: Sendable, Hashable {
    public let workload: WorkloadIdentity
    /// KubeArmor's word: Process, File, Network, Capabilities, Syscall.
    public let operation: String
    /// Who did it; of an execution, who started the program.
    public let process: String
    public let resource: String
    /// `Passed`, or what the kernel answered.
    public let result: String
    public let subject: Subject
    /// The accesses in the sense of rules; none when it cannot be told which.
    public let accesses: [Access]
    /// A policy refused it.
    public let isRefused: Bool

    public init(
        workload: WorkloadIdentity, operation: String, process: String, resource: String, result: String,
        subject: Subject, accesses: [Access], isRefused: Bool
    ) {
        self.workload = workload
        self.operation = operation
        self.process = process
        self.resource = resource
        self.result = result
        self.subject = subject
        self.accesses = accesses.compactMap(Self.canonical)
        self.isRefused = isRefused
    }

    /// It happened: what failed for a reason of its own, or was refused, is no need of the workload.
    public var hasPassed: Bool { result == "Passed" && !isRefused }

    /// Links of procfs, as a system call is given them, under the names that the kernel makes of them; nil for those to
    /// something that is no file of a name.
    private static func canonical(_ access: Access) -> Access? {
        guard case .path(let path) = access.object else { return access }
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        if ["/dev/stdin", "/dev/stdout", "/dev/stderr"].contains(path) || path.hasPrefix("/dev/fd/") { return nil }
        var name = path
        if path == "/proc/mounts" || path == "/proc/net" || path.hasPrefix("/proc/net/") {
            name = "/proc/self" + path.dropFirst(5)
        }
        // A directory's name, as rules compare it.
        while name.utf8.count > 1, name.utf8.last == UInt8(ascii: "/") { name.removeLast() }
        return Access(
            accessClass: access.accessClass, object: name, bits: access.bits, ownerUID: access.ownerUID,
            arguments: access.arguments)
    }
}
