// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Policy
import PolicyReports

struct PolicyExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says what policies decide about one access, and why.",
        discussion: """
            Prints the verdict, the rule that decides with its file and line, and the rules that do not, each with the \
            reason. Example:

              kubearmor policy explain host.yaml --process /bin/cat --read /etc/shadow --uid 1000

            Ends with 1 when the access is denied.
            """)

    @Argument(help: "Policy files or folders.") var paths: [String]
    @OptionGroup var workload: WorkloadOptions
    @Option(help: "Executable of the process that acts; for --exec, of the one that starts the other.") var process =
        "/bin/sh"
    @Option(help: "It reads this path.") var read: String?
    @Option(help: "It writes, creates, removes or renames this path.") var write: String?
    @Option(help: "It executes this path.") var exec: String?
    @Option(name: .customLong("arg"), help: "An argument of that execution; may be repeated.") var arguments: [String] =
        []
    @Option(help: "It uses a socket of this protocol: tcp, udp, icmp, icmpv6, raw, unix.") var socket: String?
    @Option(help: "It uses this capability.") var capability: String?
    @Option(help: "It looks this name up.") var dns: String?
    @Option(help: "It does what this preset is about, such as filelessExec.") var preset: String?
    @Option(help: "Its user id.") var uid: UInt32 = 0
    @Option(help: "User id of the path's owner.") var owner: UInt32 = 0
    @Flag(help: "It has a controlling terminal.") var tty = false
    @Option(name: .shortAndLong, help: "Form of the output.") var output = PolicyRenderCommand.Output.text

    private static let sockets: [String: SocketKind] = [
        "tcp": SocketKind(family: 2, type: 1, protocol: 6), "udp": SocketKind(family: 2, type: 2, protocol: 17),
        "icmp": SocketKind(family: 2, type: 3, protocol: 1), "icmpv6": SocketKind(family: 10, type: 3, protocol: 58),
        "raw": SocketKind(family: 2, type: 3, protocol: 255), "unix": SocketKind(family: 1, type: 1, protocol: 0),
    ]

    func validate() throws {
        let given = [read, write, exec, socket, capability, dns, preset].count { $0 != nil }
        guard given == 1 else {
            throw ValidationError("give one of --read, --write, --exec, --socket, --capability, --dns, --preset")
        }
        if let preset, Preset(name: preset) == nil {
            throw ValidationError("--preset is one of \(Preset.allCases.map(\.name).joined(separator: ", "))")
        }
        if let socket, Self.sockets[socket] == nil {
            throw ValidationError("--socket is one of \(Self.sockets.keys.sorted().joined(separator: ", "))")
        }
        if let capability, CapabilityName.number(of: capability) == nil {
            throw ValidationError("--capability \(capability): there is none of that name")
        }
    }

    private var access: Access {
        if let read { return Access(accessClass: .file, object: read, bits: .read, ownerUID: owner) }
        if let write { return Access(accessClass: .file, object: write, bits: .write, ownerUID: owner) }
        if let socket, let kind = Self.sockets[socket] { return .network(kind) }
        if let capability, let number = CapabilityName.number(of: capability) { return .capability(number) }
        if let dns { return .domain(dns) }
        if let preset = preset.flatMap({ Preset(name: $0) }) { return .preset(preset) }
        return Access(
            accessClass: .process, object: exec ?? "", bits: .execute, ownerUID: owner, arguments: arguments)
    }

    func run() throws {
        let files = try PolicyCommand.readSound(paths)
        let subject = Subject(executable: process, parent: process, uid: uid, hasTTY: tty)
        let explanation = workload.ruleSet(files.policies).explain(subject, access)
        let report = ExplanationReport(explanation)
        print(output == .json ? report.json : report.text)
        if explanation.decision.action == .block { throw PolicyCommand.failureExit }
    }
}
