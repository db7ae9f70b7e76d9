// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CLinux
import Daemon
import Glibc

struct HookCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case hooks, specification
    }

    enum Stage: String, ExpressibleByArgument, CaseIterable {
        case createRuntime, createContainer
    }

    static let configuration = CommandConfiguration(
        commandName: "hook",
        abstract: "Holds a container before its first instruction until its rule set is in force.",
        discussion: """
            Run by a container runtime as an OCI hook (createRuntime, or createContainer) with the container's state \
            on standard input. Ends with 0 when the container may start, with 1 when it may not; standard error says
            why.

            `kubearmor hook --print-configuration hooks` prints a file for /etc/containers/oci/hooks.d (CRI-O, \
            Podman), with `specification` the part of an OCI specification (containerd's \
            base_runtime_spec).
            """)

    private static let gate = ContainerGate(name: "kubearmor hook")

    @Option(help: "The configuration file; otherwise $KUBEARMOR_CFG or \(ConfigurationSource.usualPath).")
    var config: String?
    @Option(name: .key("runDir"), help: .key("runDir"))
    var runDir: String?
    @Option(name: .key("hookFailure"), help: .key("hookFailure"))
    var hookFailure: String?
    @Option(name: .key("hookTimeoutMilliseconds"), help: .key("hookTimeoutMilliseconds"))
    var hookTimeoutMilliseconds: String?
    @Option(name: .key("hookAllowedNamespaces"), help: .key("hookAllowedNamespaces"))
    var hookAllowedNamespaces: String?

    @Option(help: "Print how a runtime is told to run this, with the other options as they are given.")
    var printConfiguration: Format?
    @Option(help: "When the runtime is to run it.")
    var stage = Stage.createRuntime
    @Flag(help: "Print to standard output how long it took, in microseconds.")
    var showTimes = false

    func run() throws {
        let configuration = try Self.gate.configuration(
            flags: values, path: config ?? ContainerGate.namedPath, otherwise: "the container is not started")
        if let printConfiguration {
            print(installation(configuration, printConfiguration))
            return
        }
        let state: ContainerState
        do {
            state = try ContainerState(text: Self.standardInput())
        } catch {
            StandardError.write("kubearmor hook: \(error)")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
        try ask(state, configuration)
    }

    private func ask(_ state: ContainerState, _ configuration: Configuration) throws {
        let began = kubearmor_boottime_ns()
        var namespace: String?
        do {
            let bundle = try ContainerBundle(state)
            namespace = bundle.podNamespace
            let answer = try HookClient(configuration, namespace: namespace).ask(bundle.request)
            let waited = (kubearmor_boottime_ns() - began) / 1000
            if showTimes { print("waited \(waited), in the daemon \(answer.microseconds)") }
        } catch {
            try Self.gate.decide(failure: error, container: state.id, namespace: namespace, configuration)
        }
    }

    private var given: [(String, String?)] {
        [
            ("runDir", runDir), ("hookFailure", hookFailure), ("hookTimeoutMilliseconds", hookTimeoutMilliseconds),
            ("hookAllowedNamespaces", hookAllowedNamespaces),
        ]
    }

    private var values: [String: String] {
        Dictionary(uniqueKeysWithValues: given.compactMap { name, value in value.map { (name, $0) } })
    }

    private func installation(_ configuration: Configuration, _ format: Format) -> String {
        var arguments = config.map { ["--config", $0] } ?? []
        for (name, value) in given {
            if let value { arguments += ["--\(name)", value] }
        }
        let installation = HookInstallation(
            program: Self.programPath, arguments: arguments,
            stage: stage == .createRuntime ? .createRuntime : .createContainer,
            milliseconds: configuration.hookTimeoutMilliseconds)
        return format == .hooks ? installation.hooksFile : installation.specification
    }

    static var programPath: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "/usr/bin/kubearmor" }
        defer { free(path) }
        return String(cString: path)
    }

    private static func standardInput() throws -> String {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while text.count <= ContainerState.limit {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece[..<count]
        }
        throw ValidationError("the state is longer than \(ContainerState.limit) bytes: is it a container's?")
    }
}
