// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews

struct LogsCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, table }

    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Shows alerts, logs and messages of the running daemon as they come.",
        discussion: """
            Patterns are regular expressions, which may match anywhere in a field; a field that is absent is empty. \
            Ends with 0 when interrupted, at --limit, at the end of a --file or when its reader goes away; with 1 when \
            the connection to the daemon is lost, with 3 when no daemon runs.

              kubearmor logs --type alert --policy '^hsp-' -o json
              kubearmor logs --filter 'EventData.Syscall=OPENAT' --filter 'UID=^0$'
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var filter: FilterOptions
    @Option(name: .shortAndLong, help: "Form: blocks of text, lines of JSON as they came, or a table.")
    var output = Output.text
    @Option(help: "End after so many records.") var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
    }

    func run() throws {
        let filter = try filter.filter()
        let format = EventFormat(
            EventFormat.Form(rawValue: output.rawValue) ?? .text, hasColours: StandardOutput.hasColours)
        Interruption.listen()
        let input = try input.open(kinds: filter.kinds)
        if let head = format.head { StandardOutput.write(Array("\(head)\n".utf8)) }
        var rest = limit ?? .max
        let end = input.read { lines in
            let shown = lines.filter(filter.shows).prefix(rest)
            rest -= shown.count
            let text = shown.map { "\(format.text(of: $0))\n" }.joined()
            return StandardOutput.write(Array(text.utf8)) && rest > 0
        }
        if end == .lost { throw ExitCode(1) }
    }
}
