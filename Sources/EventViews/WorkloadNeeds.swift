// SPDX-License-Identifier: Apache-2.0
import Policy

/// What a workload needs, as rules that permit it.
struct WorkloadNeeds {
    /// An object, and the program that needs it: nil for any.
    struct Key: Hashable, Comparable {
        let object: RuleObject
        let source: String?

        static func < (left: Key, right: Key) -> Bool {
            (left.object, left.source ?? "") < (right.object, right.source ?? "")
        }
    }

    /// Programs that are started, by whom.
    var programs: Set<Key> = []
    /// Files, and whether they are written.
    var files: [Key: Bool] = [:]
    /// Protocols, DNS names and capabilities, by the programs that use them.
    var protocols: [String: Set<String?>] = [:]
    var domains: [String: Set<String?>] = [:]
    var capabilities: [String: Set<String?>] = [:]
    /// What no rule can name.
    private(set) var unnamed: Set<String> = []

    /// Adds exactly what an access needs.
    mutating func add(_ access: Access, by subject: Subject) {
        switch (access.accessClass, access.object) {
        case (.process, .path(let path)):
            guard let object = RuleObject(of: path) else { return leave(path) }
            programs.insert(Key(object: object, source: Self.source(subject.parent)))
        case (.file, .path(let path)):
            guard let object = RuleObject(of: path) else { return leave(path) }
            let key = Key(object: object, source: Self.source(subject.executable))
            files[key] = files[key] ?? false || access.bits.contains(.write)
        case (.network, .socket(let socket)):
            protocols[Self.protocolName(socket), default: []].insert(Self.source(subject.executable))
        case (.dns, .domain(let text)):
            guard let name = Self.domain(of: text) else { return leave(text) }
            domains[name, default: []].insert(Self.source(subject.executable))
        case (.capability, .capability(let number)) where Int(number) < CapabilityName.all.count:
            capabilities[CapabilityName.all[Int(number)], default: []].insert(Self.source(subject.executable))
        default: break
        }
    }

    private mutating func leave(_ path: String) {
        if unnamed.count < 1000 { unnamed.insert(path) }
    }

    /// A DNS name as a rule names it; nil when none can. In a rule a star would be more than itself.
    static func domain(of text: String) -> String? {
        let name = DomainName.normalised(text)
        return DomainName.isValid(name) && !name.hasPrefix("*") ? name : nil
    }

    /// A program's path, when a `fromSource` can name it.
    private static func source(_ path: String) -> String? {
        guard case .path(let text) = RuleObject(of: path), !text.hasPrefix("/proc/") else { return nil }
        return text
    }

    /// The narrowest of the names of `matchProtocols` that holds the socket.
    private static func protocolName(_ socket: SocketKind) -> String {
        let isInternet = socket.family == 2 || socket.family == 10
        switch (socket.type, socket.protocol) {
        case (1, 0), (1, 6), (1, 262): if isInternet { return "tcp" }
        case (2, 0), (2, 17): if isInternet { return "udp" }
        case (2, 1), (3, 1): if socket.family == 2 { return "icmp" }
        case (2, 58), (3, 58): if socket.family == 10 { return "icmpv6" }
        case (1, 132), (5, 132): if isInternet { return "sctp" }
        default: break
        }
        switch socket.type {
        case 1: return "stream"
        case 2: return "dgram"
        case 3: return isInternet || socket.family == 17 ? "raw" : "all"
        case 4: return "rdm"
        case 5: return "seqpacket"
        default: return socket.family == 17 ? "packet" : "all"
        }
    }
}
