// SPDX-License-Identifier: Apache-2.0

/// A 64-bit digest (FNV-1a) of a rule set's meaning, the same in every process.
struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    private mutating func combine(byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    private mutating func combine(_ number: UInt32) {
        for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
            combine(byte: UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private mutating func combine(_ text: String) {
        combine(UInt32(truncatingIfNeeded: text.utf8.count))
        for byte in text.utf8 { combine(byte: byte) }
    }

    mutating func combine(_ rule: ResolvedRule) {
        combine(rule.accessClass.rawValue)
        combine(UInt32(rule.match.rawValue))
        combine(rule.object)
        combine(rule.flags.rawValue)
        combine(rule.action.rawValue)
        combine(UInt32(rule.source?.match.rawValue ?? 0))
        combine(rule.source?.path ?? "")
        combine(rule.source?.recursive == true ? 1 : 0)
        combine(UInt32(truncatingIfNeeded: rule.arguments.map { $0.count + 1 } ?? 0))
        for argument in rule.arguments ?? [] { combine(argument) }
        combine(rule.policyKind.rawValue)
        combine(rule.namespace)
        combine(rule.policyName)
        combine(UInt32(truncatingIfNeeded: rule.severity ?? 0))
        combine(UInt32(truncatingIfNeeded: rule.tags.count))
        for tag in rule.tags { combine(tag) }
        combine(rule.message)
    }

    mutating func combine(_ postures: Postures) {
        combine(postures.file.rawValue)
        combine(postures.network.rawValue)
        combine(postures.capabilities.rawValue)
    }
}
