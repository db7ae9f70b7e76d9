// SPDX-License-Identifier: Apache-2.0
import Plugins
import Policy
import Workloads

/// The rule sets that policies give workloads; those that the same policies select share one, compiled once.
struct RuleSetResolver {
    /// Rule sets that are kept compiled: hundreds of KiB each when they are large.
    private static let imageLimit = 256

    private let policies: [Policy]
    private let settings: PolicySettings
    private var used: Set<Int> = []
    private var sets: [Choice: RuleSet] = [:]
    private var images: [UInt64: RuleSetImage] = [:]
    /// By the digest of the image.
    private var holdings: [UInt64: [RuleHolding]] = [:]

    private struct Choice: Hashable {
        let isHost: Bool
        let policies: [Int]
    }

    /// - Parameter policies: those of kinds that the settings do not enable are left out
    init(_ policies: [Policy], settings: PolicySettings) {
        self.policies = policies.filter { settings.enables($0.kind) }
        self.settings = settings
    }

    /// Policies that no workload was selected by so far.
    var unusedCount: Int { policies.count - used.count }

    /// The containers that policies name in full.
    var namedContainers: Set<String> { Set(policies.flatMap(\.namedContainers)) }

    /// The workload's rule set, and the names of the policies that it is of.
    mutating func ruleSet(for workload: Workload) -> (RuleSet, policies: [String]) {
        let chosen = policies.indices.filter { policies[$0].selects(workload.identity) }
        used.formUnion(chosen)
        let choice = Choice(isHost: workload.identity.isHost, policies: chosen)
        let names = chosen.map { policies[$0].name }
        if let set = sets[choice] { return (set, names) }
        let postures = workload.identity.isHost ? settings.hostPostures : settings.containerPostures
        let set = RuleSet.resolve(policies: chosen.map { policies[$0] }, postures: postures)
        sets[choice] = set
        return (set, names)
    }

    /// The set for an enforcer, with an automaton of at most `cellLimit` cells if there is a limit.
    ///
    /// - Throws: `AutomatonError`
    mutating func image(of set: RuleSet, cellLimit: Int?) throws -> RuleSetImage {
        if let image = images[set.digest] { return image }
        let cells = try cellLimit.map { try Automaton.compile(set, cellLimit: $0).cells } ?? []
        let image = RuleSetImage(set, automaton: cells)
        if images.count >= Self.imageLimit {
            images.removeAll()
            holdings.removeAll()
        }
        images[set.digest] = image
        return image
    }

    /// How the enforcer holds the rules; `examine` is called once for all workloads that have them.
    mutating func holdings(of image: RuleSetImage, examine: () throws -> [RuleHolding]) rethrows -> [RuleHolding] {
        if let known = holdings[image.digest] { return known }
        let found = try examine()
        holdings[image.digest] = found
        return found
    }
}
