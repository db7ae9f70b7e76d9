// SPDX-License-Identifier: Apache-2.0
import Policy

/// The words `k=v` of the fields Data and Resource.
struct DataWords {
    private let data: String
    private let words: [Substring]

    init(_ line: EventLine) {
        data = line["Data"]
        let isNetwork = line["Operation"] == "Network"
        words = data.split(separator: " ") + (isNetwork ? line["Resource"].split(separator: " ") : [])
    }

    /// The first value of that name.
    func value(_ name: String) -> String? {
        words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// The second path of a rename or link, which stands last and may hold blanks.
    var target: String? {
        guard let start = data.firstRange(of: "target=") else { return nil }
        return String(data[start.upperBound...])
    }

    /// How a file was accessed: by the flags of open(2), otherwise by what opens nothing, which changes something.
    var bits: AccessBits {
        guard let flags = value("flags"), flags.hasPrefix("O_") else {
            return ["lsm=FILE_OPEN", "lsm=FILE_RECEIVE", "lsm=MMAP_FILE"].contains(words.first) ? .read : .write
        }
        let names = flags.split(separator: "|")
        if names.contains("O_WRONLY") { return .write }
        if names.contains("O_RDWR") { return [.read, .write] }
        return names.contains("O_TRUNC") ? [.read, .write] : .read
    }

    /// The numbers of Linux; nil when family or type is not told.
    var socket: SocketKind? {
        let protocolName = value("protocol") ?? words.last.map(String.init) ?? ""
        let number = Self.protocols[protocolName.uppercased()] ?? UInt32(protocolName) ?? 0
        if let family = value("domain").flatMap({ Self.families[$0] }),
            let type = value("type").flatMap({ Self.types[$0.split(separator: "|").first.map(String.init) ?? ""] })
        {
            return SocketKind(family: family, type: type, protocol: number)
        }
        // Those that tell a protocol only: connections of TCP, and decisions about sockets.
        switch protocolName.uppercased() {
        case "TCP": return SocketKind(family: 2, type: 1, protocol: 6)
        case "UDP": return SocketKind(family: 2, type: 2, protocol: 17)
        case "ICMP": return SocketKind(family: 2, type: 3, protocol: 1)
        default: return nil
        }
    }

    private static let families: [String: UInt32] = [
        "AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_VSOCK": 40, "AF_SMC": 43,
        "AF_ALG": 38, "AF_BLUETOOTH": 31, "AF_XDP": 44,
    ]
    private static let types: [String: UInt32] = [
        "SOCK_STREAM": 1, "SOCK_DGRAM": 2, "SOCK_RAW": 3, "SOCK_RDM": 4, "SOCK_SEQPACKET": 5, "SOCK_DCCP": 6,
        "SOCK_PACKET": 10,
    ]
    private static let protocols: [String: UInt32] = [
        "ICMP": 1, "TCP": 6, "UDP": 17, "DCCP": 33, "ICMPV6": 58, "SCTP": 132, "MPTCP": 262,
    ]
}
