// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// How an enforcer that looks at no single rule holds them all.
public struct RuleAnswer: Sendable, Hashable {
    /// `KUBEARMOR_HOLD_…`
    let hold: UInt32
    /// A phrase; at most 239 bytes arrive.
    let reason: String

    private init(hold: UInt32, reason: String) {
        self.hold = hold
        self.reason = reason
    }

    /// Permits; what monitors see is alerted.
    public static func audited(_ reason: String) -> RuleAnswer {
        RuleAnswer(hold: KUBEARMOR_HOLD_AUDITED, reason: reason)
    }

    /// Nothing of any rule is in force.
    public static func unsupported(_ reason: String) -> RuleAnswer {
        RuleAnswer(hold: KUBEARMOR_HOLD_UNSUPPORTED, reason: reason)
    }

    /// The structs of the contract for each rule of the daemon's set, which is used during the call only.
    func contractForms(for set: UnsafePointer<kubearmor_rule_set>?) throws(PluginFailure) -> [kubearmor_holding] {
        let summary = try RuleSetSummary(set)
        guard let set, summary.ruleCount > 0, let rules = set.pointee.rules else { return [] }
        let stride = Int(sizeOf(UnsafeRawPointer(rules)))
        guard stride >= leastStructSize else { throw .missing("struct_size of the first rule") }
        return (0..<Int(clamping: summary.ruleCount)).map { index in
            // The id is the second word.
            let id = UnsafeRawPointer(rules).loadUnaligned(fromByteOffset: index * stride + 4, as: UInt32.self)
            var holding = kubearmor_holding()
            holding.struct_size = UInt32(MemoryLayout<kubearmor_holding>.size)
            holding.rule = id
            holding.hold = hold
            write(reason, to: &holding.reason)
            return holding
        }
    }
}
