// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CLinux
import Daemon
import Glibc

/// What the hook and the runtime have in common: the settings, and what becomes of a container that is not known to be
/// under its rules.
struct ContainerGate {
    /// What messages begin with.
    let name: String

    /// - Parameters:
    ///   - path: of the configuration file
    ///   - consequence: of settings that cannot be read
    func configuration(
        flags: [String: String] = [:], path: String?, otherwise consequence: String
    ) throws -> Configuration {
        do {
            return try ConfigurationSource(flags: flags, environment: [:], path: path).load()
        } catch {
            StandardError.write("\(name): \(consequence): \(error)")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
    }

    /// The file that the environment names.
    static var namedPath: String? { getenv("KUBEARMOR_CFG").map { String(cString: $0) } }

    /// Says what was decided, and ends the program when the container may not start.
    func decide(
        failure: any Error, container: String, namespace: String?, _ configuration: Configuration
    ) throws {
        let decision = HookDecision(
            failure: "\(failure)", container: container, namespace: namespace, configuration)
        StandardError.write("\(name): \(decision.text)")
        kubearmor_system_log(decision.text)
        if !decision.mayStart { throw ExitCode(ExitStatus.failure.rawValue) }
    }
}
