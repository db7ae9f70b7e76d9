// SPDX-License-Identifier: Apache-2.0

/// One line a scenario, the details of failures, and the closing line.
struct Report {
    let kernel: String
    let lsm: String
    let enforcer: String

    /// - Returns: nothing failed and something passed.
    func print(_ scenarios: [Scenario], _ result: GuestResult, _ judge: Judge, ending: String?) -> Bool {
        var passed = 0
        var failed = 0
        var skipped = 0
        var saidEnding = false
        for (index, scenario) in scenarios.enumerated() {
            let run = result.runs[index + 1]
            let place = "(kernel \(kernel), lsm \(lsm), enforcer \(enforcer)\(duration(run)))"
            let known = saidEnding ? "the guest ended before" : ending
            switch judge.verdict(on: scenario, run, ending: known) {
            case .passed:
                passed += 1
                Swift.print("ok   \(scenario.name) \(place)")
            case .skipped(let reason):
                skipped += 1
                Swift.print("skip \(scenario.name) \(place): \(reason)")
            case .failed(let problems):
                failed += 1
                if run?.milliseconds == nil { saidEnding = true }
                Swift.print("FAIL \(scenario.name) \(place)")
                for line in problems.joined(separator: "\n").split(whereSeparator: \.isNewline) {
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
