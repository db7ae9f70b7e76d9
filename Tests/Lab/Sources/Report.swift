// SPDX-License-Identifier: Apache-2.0

/// One line a scenario, the details of failures, and the closing line.
struct Report {
    let kernel: String
    let lsm: String
    let enforcer: String

    /// - Returns: nothing failed and something passed.
    func print(_ outcomes: [Outcome], _ verdicts: [Judge.Verdict]) -> Bool {
        var passed = 0
        var failed = 0
        var skipped = 0
        var said: Set<String> = []
        for (outcome, verdict) in zip(outcomes, verdicts) {
            let scenario = outcome.scenario
            let run = outcome.run
            let place = "(kernel \(kernel), lsm \(lsm), enforcer \(enforcer)\(duration(run)))"
            switch verdict {
            case .passed:
                passed += 1
                Swift.print("ok   \(scenario.name) \(place)")
            case .skipped(let reason):
                skipped += 1
                Swift.print("skip \(scenario.name) \(place): \(reason)")
            case .failed(let problems):
                failed += 1
                Swift.print("FAIL \(scenario.name) \(place)")
                // How the guest ended is told once, however many scenarios it did not come to.
                let isTold = run?.milliseconds == nil && outcome.ending.map { !said.insert($0).inserted } ?? false
                for line in (isTold ? ["the guest ended before it came to it"] : problems).joined(separator: "\n")
                    .split(whereSeparator: \.isNewline)
                {
                    Swift.print("     \(line)")
                }
            }
        }
        Swift.print("\(passed) passed, \(failed) failed, \(skipped) skipped")
        return failed == 0 && passed > 0
    }

    private func duration(_ run: GuestResult.Run?) -> String {
        guard let tenths = run?.milliseconds.map({ ($0 + 50) / 100 }) else { return "" }
        return ", \(tenths / 10).\(tenths % 10) s"
    }
}
