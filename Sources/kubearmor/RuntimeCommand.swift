// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CLinux
import Daemon
import Glibc

struct RuntimeCommand: ParsableCommand {
    /// Under this name the program is an OCI runtime.
    static let programName = "kubearmor-runtime"

    static let configuration = CommandConfiguration(
        commandName: "runtime",
        abstract: "An OCI runtime that prepares a container's bundle and then runs runc.",
        discussion: """
            For managers that take a runtime by its path (Docker's "runtimes", containerd's BinaryName, CRI-O's \
            runtime_path): \(programName), a link to this program, is given to them. Before `create` and `run` it adds \
            `kubearmor hook` to the bundle's config.json and, where containers are known by an AppArmor profile or a \
            SELinux type, has the policies' profile or type put into the kernel and the container started under it. \
            Then it executes the setting ociRuntime with the arguments that it was given.
            """)

    private static let gate = ContainerGate(name: programName)

    @Argument(parsing: .captureForPassthrough, help: "What the runtime is given.")
    var arguments: [String] = []

    func run() throws {
        let path = ContainerGate.namedPath
        let configuration = try Self.gate.configuration(path: path, otherwise: "nothing is run")
        let asked = RuntimeArguments(arguments)
        if asked.makesContainer { try prepare(asked, configuration, path) }
        try execute(configuration.ociRuntime)
    }

    private func prepare(_ asked: RuntimeArguments, _ configuration: Configuration, _ path: String?) throws {
        var namespace: String?
        do {
            var bundle = try RuntimeBundle(asked)
            namespace = bundle.bundle.podNamespace
            // Without a daemon, too: it may be there when the container is made.
            bundle.add(hook(configuration, path))
            do {
                try bundle.confine(ask(bundle.bundle, configuration), isValid: Self.isValid)
            } catch {
                try bundle.write()
                throw error
            }
            try bundle.write()
        } catch {
            try Self.gate.decide(failure: error, container: asked.container, namespace: namespace, configuration)
        }
    }

    private func ask(_ bundle: ContainerBundle, _ configuration: Configuration) throws -> ContainerConfinement {
        var request = bundle.request
        request.isEarly = true
        return try HookClient(configuration, namespace: bundle.podNamespace).ask(request).confinement
    }

    private func hook(_ configuration: Configuration, _ path: String?) -> HookInstallation {
        HookInstallation(
            program: HookCommand.programPath, arguments: path.map { ["--config", $0] } ?? [], stage: .createRuntime,
            milliseconds: configuration.hookTimeoutMilliseconds)
    }

    /// Asks the kernel, which answers with an error for a label that its policy does not have.
    private static func isValid(label: String) -> Bool {
        let descriptor = kubearmor_open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return write(descriptor, label, label.utf8.count + 1) >= 0
    }

    private func execute(_ runtime: String) throws {
        guard !isSelf(runtime) else {
            StandardError.write("\(Self.programName): ociRuntime is this program: set it to runc's or crun's path")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
        // Ends with execvp, or with the process.
        var pointers: [UnsafeMutablePointer<CChar>?] = ([runtime] + arguments).map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        execvp(runtime, pointers)
        let reason = String(cString: strerror(errno))
        StandardError.write("\(Self.programName): cannot run \(runtime) (\(reason)): install it or set ociRuntime")
        throw ExitCode(ExitStatus.failure.rawValue)
    }

    private func isSelf(_ runtime: String) -> Bool {
        guard let resolved = realpath(runtime, nil) else { return false }
        defer { free(resolved) }
        return String(cString: resolved) == HookCommand.programPath
    }
}
