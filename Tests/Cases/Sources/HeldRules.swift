// SPDX-License-Identifier: Apache-2.0
import Daemon
import Plugins
import Policy

/// Takes out of a policy's text what an enforcer does not hold as it is written: what is left must be decided as the
/// reference evaluator decides, but for what the enforcer says in the words below that it denies besides.
struct HeldRules {
    private let preview: EnforcerPreview

    /// File rules deny executions of what they deny reading.
    static let readToExecute = "what may not be read cannot be executed"
    /// Nothing that is asked maps a library.
    private static let libraries = "libraries in it cannot be mapped either"

    /// - Throws: `PluginError` when the enforcer's plugin is not in the directory, or refused
    init(enforcer: String, directory: String) throws {
        let registry = PluginRegistry(directories: [directory], services: SilentServices())
        registry.scan()
        preview = try registry.previewEnforcer(enforcer)
    }

    private static func isLeft(_ holding: RuleHolding) -> Bool {
        holding.hold == .enforced
            || (holding.hold == .stricter && [readToExecute, libraries].contains(holding.reason))
    }

    /// The text without the lines of such rules, each of which has a line of its own, and whether what cannot be read
    /// cannot be executed. What goes may change how another rule is held, so it is asked again until nothing goes.
    func text(_ text: String, postures: Postures) throws -> (text: String, needsReading: Bool) {
        var text = text
        while true {
            let policies = PolicyParser.parse(text, file: "random").policies
            let set = RuleSet.resolve(policies: policies, postures: postures)
            let answer = try RuleSetImage(set, automaton: []).withRuleSet { try preview.holdings(of: $0) }
            guard let answer else { throw LabCasesError("the enforcer \(preview.name) cannot say how it holds rules") }
            let unheld = zip(set.rules, answer).filter { !Self.isLeft($0.1) }.map { $0.0.location.line }
            if unheld.isEmpty { return (text, answer.contains { $0.reason == Self.readToExecute }) }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            text = lines.enumerated().filter { !unheld.contains($0.offset + 1) }.map(\.element)
                .joined(separator: "\n")
        }
    }
}
