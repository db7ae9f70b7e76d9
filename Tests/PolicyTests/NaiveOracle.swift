// SPDX-License-Identifier: Apache-2.0
import Policy

/// The decision semantics written a second time, as plainly as possible and without anything of the module's own.
enum NaiveOracle {
    static func decide(_ set: RuleSet, _ subject: Subject, _ access: Access) -> Decision {
        let isProcess = access.accessClass == .process
        if isProcess, !access.bits.contains(.execute) { return Decision(action: .allow, decider: .none) }
        let actor = isProcess ? subject.parent : subject.executable
        let inClass = set.rules.filter { $0.accessClass == access.accessClass }
        let named = inClass.filter { matches($0.match, $0.object, $0.flags.contains(.recursive), access.object) }
        let sourced = named.filter { rule in
            rule.source.map { matches($0.match, $0.path, $0.recursive, actor) } ?? false
        }
        for scope in [sourced, named.filter { $0.source == nil }] {
            for rule in scope.sorted(by: { key($0).lexicographicallyPrecedes(key($1)) }) {
                if let action = outcome(rule, subject, access) {
                    return Decision(action: action, decider: .rule(rule.id))
                }
            }
        }
        guard inClass.contains(where: { $0.action == .allow }) else { return Decision(action: .allow, decider: .none) }
        switch set.postures.file {
        case .allow: return Decision(action: .allow, decider: .none)
        case .audit: return Decision(action: .audit, decider: .posture)
        case .block: return Decision(action: .block, decider: .posture)
        }
    }

    private static func key(_ rule: ResolvedRule) -> [Int] {
        let kinds: [MatchKind] = [.path, .execname, .directory, .pattern]
        let length =
            switch rule.match {
            case .directory: Array(rule.object.utf8).count
            case .pattern: Array(rule.object.utf8.prefix { !"*?[{".utf8.contains($0) }).count
            default: 0
            }
        let actions: [Action] = [.block, .audit, .allow]
        return [
            kinds.firstIndex(of: rule.match) ?? 9, -length, rule.flags.contains(.recursive) ? 1 : 0,
            actions.firstIndex(of: rule.action) ?? 9, Int(rule.id),
        ]
    }

    private static func outcome(_ rule: ResolvedRule, _ subject: Subject, _ access: Access) -> Action? {
        let isWrite = access.bits.contains(.write)
        let isOwner = access.ownerUID == subject.uid
        if rule.flags.contains(.ttyOnly) && !subject.hasTTY { return nil }
        switch (rule.action == .allow, rule.flags.contains(.ownerOnly), rule.flags.contains(.readOnly)) {
        case (true, false, false): return .allow
        case (true, false, true): return isWrite ? .block : .allow
        case (true, true, false): return isOwner ? .allow : nil
        case (true, true, true): return isOwner ? (isWrite ? .block : .allow) : nil
        case (false, false, false): return rule.action
        case (false, false, true): return isWrite ? rule.action : nil
        case (false, true, false): return isOwner ? nil : rule.action
        case (false, true, true): return !isOwner || isWrite ? rule.action : nil
        }
    }

    private static func matches(_ kind: MatchKind, _ name: String, _ recursive: Bool, _ path: String) -> Bool {
        let wanted = components(name)
        let found = components(path)
        switch kind {
        case .path: return Array(name.utf8) == Array(path.utf8)
        case .execname: return found.last == Array(name.utf8)
        case .directory:
            guard found.starts(with: wanted) else { return false }
            return found.count <= wanted.count + 1 || recursive
        default:
            return expand(Array(name.utf8)).contains { glob($0[...], Array(path.utf8)[...], nil) }
        }
    }

    private static func components(_ path: String) -> [[UInt8]] { path.utf8.split(separator: 0x2f).map { Array($0) } }

    /// Alternatives, innermost of the first brace first.
    private static func expand(_ pattern: [UInt8]) -> [[UInt8]] {
        guard let close = pattern.firstIndex(of: 0x7d), let open = pattern[..<close].lastIndex(of: 0x7b) else {
            return [pattern]
        }
        let choices = pattern[(open + 1)..<close].split(separator: 0x2c, omittingEmptySubsequences: false)
        return choices.flatMap { expand(Array(pattern[..<open]) + Array($0) + Array(pattern[(close + 1)...])) }
    }

    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>, _ previous: UInt8?) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let slash: UInt8 = 0x2f
        if first == 0x2a {
            let rest = pattern.drop { $0 == 0x2a }
            let crosses = pattern.count - rest.count > 1
            let isWhole = previous == slash && (rest.isEmpty || rest.first == slash)
            if isWhole, text.isEmpty || text.first == slash { return false }
            for length in (isWhole ? 1 : 0)...max(text.count, 1) where length <= text.count {
                let taken = text.prefix(length)
                if !crosses, taken.contains(slash) { break }
                if glob(rest, text.dropFirst(length), 0x2a) { return true }
            }
            return false
        }
        guard let byte = text.first else { return false }
        if first == 0x3f {
            let length = byte < 0x80 ? 1 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
            return byte != slash && text.count >= length && glob(pattern.dropFirst(), text.dropFirst(length), first)
        }
        if first == 0x5b, let close = pattern.firstIndex(of: 0x5d) {
            let inside = pattern[(pattern.startIndex + 1)..<close]
            let isMember = inside.contains(byte)
            return isMember && glob(pattern[(close + 1)...], text.dropFirst(), 0x5d)
        }
        return first == byte && glob(pattern.dropFirst(), text.dropFirst(), first)
    }
}
