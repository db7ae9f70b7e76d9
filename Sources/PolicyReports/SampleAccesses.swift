// SPDX-License-Identifier: Apache-2.0
import Policy

/// Accesses that rules speak of: to what they name and beside it, by whom they name and by somebody else, with their
/// conditions met and not met.
struct SampleAccesses {
    struct Sample: Hashable {
        let subject: Subject
        let access: Access
    }

    /// A program that no rule names.
    private static let anybody = "/any/program"
    private static let owner: UInt32 = 1000

    private(set) var samples: [Sample] = []
    private var known: Set<Sample> = []

    init(_ sets: [RuleSet]) {
        let rules = sets.flatMap(\.rules)
        let actors = Set(rules.compactMap { $0.source.map(Self.program) } + [Self.anybody]).sorted()
        for rule in rules {
            let sources = rule.source.map { [Self.program($0), Self.anybody] } ?? actors
            for access in Self.accesses(rule) {
                for actor in sources { add(actor, access, rule) }
            }
        }
    }

    private mutating func add(_ actor: String, _ access: Access, _ rule: ResolvedRule) {
        let users: [UInt32] = rule.flags.contains(.ownerOnly) ? [0, Self.owner] : [0]
        for uid in users {
            for hasTTY in rule.flags.contains(.ttyOnly) ? [false, true] : [false] {
                let subject = Subject(executable: actor, parent: actor, uid: uid, hasTTY: hasTTY)
                let sample = Sample(subject: subject, access: access)
                if known.insert(sample).inserted { samples.append(sample) }
            }
        }
    }

    private static func program(_ source: RuleSource) -> String {
        switch source.match {
        case .directory: source.path + "program"
        case .pattern: PatternSample.paths(matching: source.path).first ?? source.path
        default: source.path
        }
    }

    private static func accesses(_ rule: ResolvedRule) -> [Access] {
        switch rule.accessClass {
        case .file:
            paths(rule).flatMap { path in
                [AccessBits.read, .write].map {
                    Access(accessClass: .file, object: path, bits: $0, ownerUID: Self.owner)
                }
            }
        case .process:
            paths(rule).flatMap { path in
                [[], rule.arguments ?? [], ["--no-such-argument"]].map {
                    Access(
                        accessClass: .process, object: path, bits: .execute, ownerUID: Self.owner, arguments: $0)
                }
            }
        case .network: [.network(SocketKind(family: 2, type: 1, protocol: 6))] + others.map { .network($0) }
        case .capability: CapabilityName.number(of: rule.object).map { [.capability($0)] } ?? []
        case .dns: [.domain(rule.object.hasPrefix("*") ? "label" + rule.object.dropFirst() : rule.object)]
        case .preset: Preset(name: rule.object).map { [.preset($0)] } ?? []
        case .syscall, .device: []
        }
    }

    private static let others = [
        SocketKind(family: 2, type: 2, protocol: 17), SocketKind(family: 2, type: 3, protocol: 1),
        SocketKind(family: 10, type: 3, protocol: 58), SocketKind(family: 17, type: 3, protocol: 768),
        SocketKind(family: 1, type: 1, protocol: 0), SocketKind(family: 1, type: 2, protocol: 0),
        SocketKind(family: 1, type: 5, protocol: 0), SocketKind(family: 2, type: 1, protocol: 132),
        SocketKind(family: 2, type: 6, protocol: 33), SocketKind(family: 30, type: 4, protocol: 0),
    ]

    /// The path itself, or one that the rule matches and one deeper.
    private static func paths(_ rule: ResolvedRule) -> [String] {
        switch rule.match {
        case .directory: [rule.object + "file", rule.object + "folder/file"]
        case .execname: ["/usr/bin/" + rule.object]
        case .pattern: PatternSample.paths(matching: rule.object)
        default: [rule.object]
        }
    }
}
