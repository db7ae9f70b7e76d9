// SPDX-License-Identifier: Apache-2.0

/// With which numbers `kubearmor daemon` ends.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case failure = 1
    case usage = 2
    case alreadyRunning = 3
    case enforcerNotUsable = 4
    case badConfiguration = 5

    public var meaning: String {
        switch self {
        case .success: "stopped as asked"
        case .failure: "something failed; the last line says what"
        case .usage: "the command line is wrong"
        case .alreadyRunning: "another daemon runs with the same runDir"
        case .enforcerNotUsable: "the required enforcer does not work here"
        case .badConfiguration: "the configuration is wrong"
        }
    }
}
