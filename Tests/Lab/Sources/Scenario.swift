// SPDX-License-Identifier: Apache-2.0

/// One scenario file: policies, and steps with what each must lead to.
struct Scenario: Sendable {
    struct Step: Sendable {
        var line = 0
        var place = "host"
        var run = ""
        var uid = 0
        var exit: Expectation?
        var output: Expectation?
        var alerts: [[Field]] = []
        var absentAlerts: [[Field]] = []
    }

    /// A field of an alert and what it must hold.
    struct Field: Sendable {
        let name: String
        let value: Expectation
    }

    let file: String
    var name = ""
    var requires: [String] = []
    /// The enforcer that the daemon must have chosen; nil: the one that the run is about.
    var enforcer: String?
    var config: [(key: String, value: String)] = []
    var policies = ""
    var setup = ""
    var containers = 0
    var steps: [Step] = []
}
