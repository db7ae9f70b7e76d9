// SPDX-License-Identifier: Apache-2.0
import Policy

/// The decision semantics written a second time, as plainly as possible and without anything of the module's own.
enum NaiveOracle {
    static func decide(_ set: RuleSet, _ subject: Subject, _ access: Access) -> Decision {
        if case .place(let place) = access.object { return decidePlace(set, subject, access, place) }
        guard case .path(let object) = access.object else { return decideOther(set, subject, access) }
        let isProcess = access.accessClass == .process
        if isProcess, !access.bits.contains(.execute) { return Decision(action: .allow, decider: .none) }
        let actor = isProcess ? subject.parent : subject.executable
        let inClass = set.rules.filter { $0.accessClass == access.accessClass }
        let named = inClass.filter { matches($0.match, $0.object, $0.flags.contains(.recursive), object) }
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
        return rest(inClass, set.postures.file)
    }

    /// Block rules about something below.
    private static func decidePlace(
        _ set: RuleSet, _ subject: Subject, _ access: Access, _ place: String
    ) -> Decision {
        let isProcess = access.accessClass == .process
        let actor = isProcess ? subject.parent : subject.executable
        let below = set.rules.filter { rule in
            guard rule.accessClass == access.accessClass, rule.action == .block, rule.match != .execname else {
                return false
            }
            var literal = rule.object
            if rule.match == .pattern { literal = String(literal.prefix { !"*?[{\\".contains($0) }) }
            guard let lastSlash = literal.lastIndex(of: "/") else { return false }
            return components(String(literal[..<lastSlash])).starts(with: components(place))
        }
        for isSourced in [true, false] {
            let scope = below.filter { rule in
                guard let source = rule.source else { return !isSourced }
                return isSourced && matches(source.match, source.path, source.recursive, actor)
            }
            for rule in scope.sorted(by: { key($0).lexicographicallyPrecedes(key($1)) }) {
                if let action = outcome(rule, subject, access) {
                    return Decision(action: action, decider: .rule(rule.id))
                }
            }
        }
        return Decision(action: .allow, decider: .none)
    }

    private static func rest(_ inClass: [ResolvedRule], _ posture: Posture?) -> Decision {
        guard let posture, posture != .allow, inClass.contains(where: { $0.action == .allow }) else {
            return Decision(action: .allow, decider: .none)
        }
        return Decision(action: posture == .audit ? .audit : .block, decider: .posture)
    }

    /// Sockets, capabilities, names and presets.
    private static func decideOther(_ set: RuleSet, _ subject: Subject, _ access: Access) -> Decision {
        let inClass = set.rules.filter { $0.accessClass == access.accessClass }
        let named = inClass.compactMap { rule in closeness(rule, access.object).map { (rule: rule, closeness: $0) } }
        let actions: [Action] = [.block, .audit, .allow]
        for isSourced in [true, false] {
            let scope = named.filter { candidate in
                guard let source = candidate.rule.source else { return !isSourced }
                return isSourced && matches(source.match, source.path, source.recursive, subject.executable)
            }
            let best = scope.filter { !$0.rule.flags.contains(.ttyOnly) || subject.hasTTY }.min { first, second in
                let left = [first.closeness, actions.firstIndex(of: first.rule.action) ?? 9, Int(first.rule.id)]
                let right = [second.closeness, actions.firstIndex(of: second.rule.action) ?? 9, Int(second.rule.id)]
                return left.lexicographicallyPrecedes(right)
            }
            if let best { return Decision(action: best.rule.action, decider: .rule(best.rule.id)) }
        }
        let postures: [AccessClass: Posture] = [
            .network: set.postures.network, .dns: set.postures.network, .capability: set.postures.capabilities,
        ]
        return rest(inClass, postures[access.accessClass])
    }

    /// Less is closer; nil: the rule does not name the object.
    private static func closeness(_ rule: ResolvedRule, _ object: AccessObject) -> Int? {
        switch object {
        case .socket(let socket):
            let isInternet = socket.family == 2 || socket.family == 10
            let number = socket.protocol
            switch (rule.object, socket.type) {
            case ("all", _): return 2
            case ("tcp", 1): return socket.family == 43 || isInternet && [0, 6, 262].contains(number) ? 0 : nil
            case ("udp", 2): return isInternet && [0, 17].contains(number) ? 0 : nil
            case ("icmp", 2...3): return socket.family == 2 && number == 1 ? 0 : nil
            case ("icmpv6", 2...3): return socket.family == 10 && number == 58 ? 0 : nil
            case ("raw", 3): return isInternet || socket.family == 17 ? 1 : nil
            case ("stream", 1), ("dgram", 2), ("rdm", 4), ("seqpacket", 5): return 1
            case ("packet", _): return socket.family == 17 || socket.type == 10 ? 1 : nil
            default: return nil
            }
        case .capability(let number): return CapabilityName.all.firstIndex(of: rule.object) == Int(number) ? 0 : nil
        case .domain(let name):
            let labels = name.lowercased().split(separator: ".")
            let wanted = rule.object.split(separator: ".")
            if wanted.first == "*" {
                let ending = wanted.dropFirst()
                return labels.count > ending.count && labels.suffix(ending.count) == ending
                    ? 1000 - rule.object.utf8.count : nil
            }
            return labels.elementsEqual(wanted) ? 0 : nil
        case .preset(let preset): return rule.object == preset.name ? 0 : nil
        case .path, .place, .syscall: return nil
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
        if let permitted = rule.arguments {
            let isPermitted = access.arguments.map { Set($0).isSubset(of: permitted) } ?? false
            if isPermitted != (rule.action == .allow) { return nil }
        }
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
