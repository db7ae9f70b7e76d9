// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import EventViews

struct TopCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case table, json }
    enum Order: String, ExpressibleByArgument, CaseIterable { case rate, total, name }

    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Shows which workloads and rules are told of how often.",
        discussion: """
            In a terminal a live table: s changes the order, q ends. With -o json, or when the standard output is no \
            terminal, it prints --iterations samples, one without it, after an interval each. Ends as `kubearmor logs` \
            does.
            """)

    @Option(name: .customLong("run-dir"), help: "Run directory of the daemon that is asked.")
    var runDirectory = "/run/kubearmor"
    @OptionGroup var filter: FilterOptions
    @Option(help: ArgumentHelp("Length of an interval.", valueName: "seconds")) var interval = 2
    @Option(help: "End after so many intervals.") var iterations: Int?
    @Option(help: "By what rows are ordered.") var sort = Order.rate
    @Option(name: .shortAndLong, help: "Form.") var output = Output.table

    func validate() throws {
        if interval < 1 { throw ValidationError("--interval is 1 or more seconds") }
        if let iterations, iterations < 1 { throw ValidationError("--iterations is 1 or more") }
    }

    func run() throws {
        var filter = try filter.filter()
        filter.kinds.remove(.message)
        Interruption.listen()
        let input = try EventInput(runDirectory: runDirectory, kinds: filter.kinds, isQuiet: true)
        let screen = output == .table ? Screen() : nil
        var view = View(
            runDirectory: runDirectory, output: output, order: RateTable.Order(rawValue: sort.rawValue) ?? .rate,
            rest: iterations ?? (screen == nil ? 1 : .max), screen: screen)
        view.begin()
        let end = input.read { lines in
            for line in lines where filter.shows(line) { view.table.add(line) }
            return view.turn(interval: .seconds(interval))
        }
        screen?.leave()
        if end == .lost { throw ExitCode(1) }
    }
}

/// What is shown, and when next.
private struct View {
    let runDirectory: String
    let output: TopCommand.Output
    var order: RateTable.Order
    var rest: Int
    let screen: Screen?
    var table = RateTable()
    private var began = ContinuousClock.now

    init(runDirectory: String, output: TopCommand.Output, order: RateTable.Order, rest: Int, screen: Screen?) {
        (self.runDirectory, self.output, self.order) = (runDirectory, output, order)
        (self.rest, self.screen) = (rest, screen)
    }

    mutating func begin() {
        began = .now
        learn()
        screen?.show(["listening; the first numbers come after an interval"])
    }

    /// The workloads that there are, also those that do nothing.
    private mutating func learn() {
        for workload in NodeStatus.read(runDirectory: runDirectory)?.workloads ?? [] where !workload.isPrepared {
            let parts = [workload.namespace, workload.name, workload.containerName]
            let isOne = workload.containerName == workload.name
            let name =
                workload.isHost
                ? workload.name
                : (isOne ? parts.dropLast() : parts[...])
                    .filter { !$0.isEmpty }.joined(separator: "/")
            table.know(name, rules: workload.ruleCount)
        }
    }

    /// Shows an interval that is over, and takes a key; false when that was the last.
    mutating func turn(interval: Duration) -> Bool {
        switch screen?.key() {
        case "q", "Q": return false
        case "s", "S":
            let all = RateTable.Order.allCases
            order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
        default: break
        }
        let passed = ContinuousClock.now - began
        guard passed >= interval else { return true }
        learn()
        let isWritten = show(seconds: passed / .seconds(1))
        table.restart()
        began = .now
        rest -= 1
        return isWritten && rest > 0
    }

    private func show(seconds: Double) -> Bool {
        guard let screen else {
            let text =
                output == .json
                ? table.json(seconds: seconds, order: order)
                : table.lines(seconds: seconds, order: order).joined(separator: "\n")
            return StandardOutput.write(Array("\(text)\n".utf8))
        }
        let head = "kubearmor top - by \(order), s: other order, q: end"
        let rows = screen.size.rows - 2
        screen.show([head, ""] + table.lines(seconds: seconds, order: order, rows: rows))
        return true
    }
}
