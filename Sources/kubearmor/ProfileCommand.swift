// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventViews
import Policy

struct ProfileCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, table }

    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Says what workloads did, or which policy would permit just that.",
        discussion: """
            Listens to the running daemon for --duration seconds, or until it is interrupted; reads a --file instead \
            when one is named. What is not visible (settings visibility and hostVisibility) is not seen. \
            With --recommend it prints a policy of Allow rules for each workload; what no rule can permit is said on \
            standard error. Ends as `kubearmor logs` does; with 1 also when nothing was seen.

              kubearmor profile --pod '^web' --duration 600
              kubearmor profile --file events.log --recommend > least.yaml
              kubearmor policy test least.yaml --recording events.log --posture block
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var filter: FilterOptions
    @Option(help: ArgumentHelp("Listen for so long.", valueName: "seconds")) var duration: Int?
    @Option(name: .shortAndLong, help: "Form of the groups.") var output = Output.text
    @Flag(help: "Print least-privilege policies instead.") var recommend = false

    func validate() throws {
        if let duration, duration < 1 { throw ValidationError("--duration is 1 or more seconds") }
    }

    func run() throws {
        var filter = try filter.filter()
        filter.kinds.remove(.message)
        Interruption.listen()
        let profile = try input.file.map { try RecordedProfile.read($0, filter: filter) } ?? listen(filter)
        guard !profile.counts.isEmpty else {
            StandardError.write("nothing was seen: is it visible (settings visibility and hostVisibility)?")
            throw ExitCode(1)
        }
        if profile.beyond > 0 {
            StandardError.write("\(profile.beyond) observations are left out: more than \(Profile.limit) are distinct")
        }
        guard recommend else {
            let text =
                switch output {
                case .text: profile.text
                case .json: profile.json
                case .table: profile.table
                }
            StandardOutput.write(Array("\(text)\n".utf8))
            return
        }
        let recommendation = Recommendation(profile)
        for remark in recommendation.remarks { StandardError.write(PrintableText.of(remark)) }
        StandardOutput.write(Array(recommendation.text.utf8))
    }

    private func listen(_ filter: EventFilter) throws -> Profile {
        let input = try input.open(kinds: filter.kinds)
        var profile = Profile()
        let deadline = duration.map { ContinuousClock.now + .seconds($0) }
        let end = input.read(until: deadline) { lines in
            for line in lines where filter.shows(line) {
                if let observation = Observation(line) { profile.add(observation) }
            }
            return true
        }
        if end == .lost { throw ExitCode(1) }
        return profile
    }
}
