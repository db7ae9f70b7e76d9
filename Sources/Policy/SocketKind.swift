// SPDX-License-Identifier: Apache-2.0

/// A socket as network rules see it, in the numbers of Linux (`AF_…`, `SOCK_…`, `IPPROTO_…`).
public struct SocketKind: Sendable, Hashable {
    public let family: UInt32
    public let type: UInt32
    /// 0: what the type implies.
    public let `protocol`: UInt32

    public init(family: UInt32, type: UInt32, protocol: UInt32) {
        self.family = family
        self.type = type
        self.protocol = `protocol`
    }
}
