// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews

/// Which alerts, logs and messages are meant.
struct FilterOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case alert, log, message, all }

    @Option(name: .customLong("type"), help: "Which records.") var kind = Kind.all
    @Option(
        name: .customLong("filter"),
        help: ArgumentHelp("A field must match; may be repeated, all must hold.", valueName: "Field=REGEX"))
    var filters: [String] = []
    @Option(help: ArgumentHelp("NamespaceName matches.", valueName: "regex")) var namespace: String?
    @Option(help: ArgumentHelp("PodName matches.", valueName: "regex")) var pod: String?
    @Option(help: ArgumentHelp("ContainerName or ContainerID matches.", valueName: "regex")) var container: String?
    @Option(help: ArgumentHelp("Labels match.", valueName: "regex")) var labels: String?
    @Option(help: ArgumentHelp("PolicyName matches.", valueName: "regex")) var policy: String?
    @Option(help: ArgumentHelp("Operation matches.", valueName: "regex")) var operation: String?
    @Option(help: ArgumentHelp("Source matches.", valueName: "regex")) var source: String?
    @Option(help: ArgumentHelp("Resource matches.", valueName: "regex")) var resource: String?
    @Option(help: ArgumentHelp("ProcessName matches.", valueName: "regex")) var process: String?
    @Option(help: ArgumentHelp("Action matches.", valueName: "regex")) var action: String?
    @Option(help: ArgumentHelp("Result matches.", valueName: "regex")) var result: String?

    func validate() throws {
        do {
            _ = try filter()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Compiles the patterns.
    func filter() throws(EventViewError) -> EventFilter {
        var filter = EventFilter()
        if kind != .all, let only = EventLine.Kind(rawValue: kind.rawValue) { filter.kinds = [only] }
        let short: [(String, String?)] = [
            ("namespace", namespace), ("pod", pod), ("container", container), ("labels", labels), ("policy", policy),
            ("operation", operation), ("source", source), ("resource", resource), ("process", process),
            ("action", action), ("result", result),
        ]
        for case (let name, let pattern?) in short { try filter.add(shortName: name, pattern) }
        for option in filters { filter.add(try FieldPattern(option: option)) }
        return filter
    }
}

/// Where alerts, logs and messages come from.
struct InputOptions: ParsableArguments {
    @Option(help: "Read a file that the feeder file has written instead of asking the daemon; - for standard input.")
    var file: String?
    @Option(name: .customLong("run-dir"), help: "Run directory of the daemon that is asked.")
    var runDirectory = "/run/kubearmor"
    @Flag(name: .shortAndLong, help: "Do not say on standard error that the command listens.") var quiet = false

    func open(kinds: Set<EventLine.Kind>) throws -> EventInput {
        if let file { return try EventInput(file: file) }
        return try EventInput(runDirectory: runDirectory, kinds: kinds, isQuiet: quiet)
    }
}
