// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What a container manager asks an OCI runtime to do, as far as it concerns the making of a container. The command
/// lines of runc, crun and youki are alike.
public struct RuntimeArguments: Sendable, Hashable {
    /// Options before the command that have a value of their own.
    private static let globalOptions: Set<String> = ["--root", "--log", "--log-format", "--criu", "--rootless"]
    /// The same behind `create` and `run`.
    private static let options: Set<String> = [
        "--bundle", "-b", "--console-socket", "--pid-file", "--preserve-fds", "--pidfd-socket", "--config", "-f",
    ]

    /// The container that is to be made; empty when the command makes none.
    public private(set) var container = ""
    /// The folder of its `config.json`.
    public private(set) var bundle = ""

    public init(_ arguments: [String]) {
        guard let start = Self.first(of: arguments[...], after: Self.globalOptions),
            ["create", "run"].contains(arguments[start])
        else { return }
        var rest = arguments[(start + 1)...]
        bundle = Self.value(of: ["--bundle", "-b"], in: rest) ?? "."
        if let position = Self.first(of: rest, after: Self.options) { rest = rest[position...] } else { rest = [] }
        container = rest.first ?? ""
        if !bundle.hasPrefix("/"), let resolved = realpath(bundle, nil) {
            bundle = String(cString: resolved)
            free(resolved)
        }
    }

    /// Whether a container is made.
    public var makesContainer: Bool { !container.isEmpty }

    /// The first argument that is no option and no option's value.
    private static func first(of arguments: ArraySlice<String>, after valued: Set<String>) -> Int? {
        var position = arguments.startIndex
        while position < arguments.endIndex {
            let argument = arguments[position]
            guard argument.hasPrefix("-"), argument != "-" else { return position }
            position += valued.contains(argument) ? 2 : 1
        }
        return nil
    }

    private static func value(of names: [String], in arguments: ArraySlice<String>) -> String? {
        for (position, argument) in zip(arguments.indices, arguments) {
            if names.contains(argument) { return position + 1 < arguments.endIndex ? arguments[position + 1] : nil }
            for name in names where argument.hasPrefix("\(name)=") { return String(argument.dropFirst(name.count + 1)) }
        }
        return nil
    }
}
