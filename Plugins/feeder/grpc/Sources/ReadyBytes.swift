// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore

/// Hands out messages that are encoded already.
struct ReadyBytes: MessageSerializer {
    @inlinable
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}
