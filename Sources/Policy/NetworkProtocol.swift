// SPDX-License-Identifier: Apache-2.0

/// What the names of `matchProtocols` mean: sockets by family, type and protocol, in the numbers of Linux.
enum NetworkProtocol {
    /// Sockets whose three numbers are each in a list; nil: any number.
    struct Sockets {
        var families: [UInt32]?
        var types: [UInt32]?
        var protocols: [UInt32]?

        func contains(_ socket: SocketKind) -> Bool {
            Self.hold(families, socket.family) && Self.hold(types, socket.type)
                && Self.hold(protocols, socket.protocol)
        }

        /// From 254 on numbers are one, as in the automaton; Linux has one such protocol for sockets of a type.
        private static func hold(_ numbers: [UInt32]?, _ number: UInt32) -> Bool {
            numbers?.contains { AccessObject.byte($0) == AccessObject.byte(number) } != false
        }
    }

    private static let internet: [UInt32] = [2, 10]
    private static let packet: UInt32 = 17
    /// Shared memory communications: the kernel speaks TCP for such a stream, by a socket of its own.
    private static let sharedMemory: UInt32 = 43

    /// Protocol names are of the internet families: `tcp` is no Unix stream. `raw` leaves netlink alone, which every
    /// name look-up needs. 0 is the protocol that the type implies, 262 multipath TCP.
    private static let meanings: [String: [Sockets]] = [
        "tcp": [
            Sockets(families: internet, types: [1], protocols: [0, 6, 262]),
            Sockets(families: [sharedMemory], types: [1]),
        ],
        "udp": [Sockets(families: internet, types: [2], protocols: [0, 17])],
        "icmp": [Sockets(families: [2], types: [2, 3], protocols: [1])],
        "icmpv6": [Sockets(families: [10], types: [2, 3], protocols: [58])],
        "sctp": [
            Sockets(families: internet, types: [1], protocols: [132]),
            Sockets(families: internet, types: [5], protocols: [0, 132]),
        ],
        "dccp": [Sockets(families: internet, types: [6], protocols: [0, 33])],
        "raw": [Sockets(families: internet + [packet], types: [3])],
        "stream": [Sockets(types: [1])],
        "dgram": [Sockets(types: [2])],
        "rdm": [Sockets(types: [4])],
        "seqpacket": [Sockets(types: [5])],
        "packet": [Sockets(families: [packet]), Sockets(types: [10])],
        "all": [Sockets()],
    ]

    static let names = meanings.keys.sorted()

    static func sockets(named name: String) -> [Sockets] { meanings[name] ?? [] }

    /// Names of protocols before those of types before `all`.
    static func rank(of name: String) -> Int {
        guard let first = meanings[name]?.first else { return 3 }
        if first.protocols != nil { return 0 }
        return first.families == nil && first.types == nil ? 2 : 1
    }
}
