// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import PluginABI

/// What a plugin's `kubearmor_plugin_entry` calls with its own arguments.
public enum PluginEntry {
    /// Answers the daemon's offer with a feeder. Call once; a library holds one plugin.
    public static func answer(
        feeder: any FeederImplementation.Type, offer: UnsafePointer<kubearmor_offer>?,
        answer: UnsafeMutablePointer<kubearmor_answer>?, error: UnsafeMutablePointer<CChar>?, errorSize: UInt64
    ) -> Int32 {
        negotiate(KUBEARMOR_KIND_FEEDER, offer, answer, ErrorBuffer(error, errorSize)) {
            FeederTable.make(for: feeder)
        }
    }

    /// Answers the daemon's offer with an enforcer. Call once; a library holds one plugin.
    public static func answer(
        enforcer: any EnforcerImplementation.Type, offer: UnsafePointer<kubearmor_offer>?,
        answer: UnsafeMutablePointer<kubearmor_answer>?, error: UnsafeMutablePointer<CChar>?, errorSize: UInt64
    ) -> Int32 {
        negotiate(KUBEARMOR_KIND_ENFORCER, offer, answer, ErrorBuffer(error, errorSize)) {
            EnforcerTable.make(for: enforcer)
        }
    }

    /// Answers the daemon's offer with a monitor. Call once; a library holds one plugin.
    public static func answer(
        monitor: any MonitorImplementation.Type, offer: UnsafePointer<kubearmor_offer>?,
        answer: UnsafeMutablePointer<kubearmor_answer>?, error: UnsafeMutablePointer<CChar>?, errorSize: UInt64
    ) -> Int32 {
        negotiate(KUBEARMOR_KIND_MONITOR, offer, answer, ErrorBuffer(error, errorSize)) {
            MonitorTable.make(for: monitor)
        }
    }

    /// Answers the daemon's offer with a source. Call once; a library holds one plugin.
    public static func answer(
        source: any SourceImplementation.Type, offer: UnsafePointer<kubearmor_offer>?,
        answer: UnsafeMutablePointer<kubearmor_answer>?, error: UnsafeMutablePointer<CChar>?, errorSize: UInt64
    ) -> Int32 {
        negotiate(KUBEARMOR_KIND_SOURCE, offer, answer, ErrorBuffer(error, errorSize)) {
            SourceTable.make(for: source)
        }
    }

    /// `offer` and `answer` are the daemon's and used during the call only; the table it is given is never freed.
    private static func negotiate(
        _ kind: UInt32, _ offer: UnsafePointer<kubearmor_offer>?, _ answer: UnsafeMutablePointer<kubearmor_answer>?,
        _ error: ErrorBuffer, table: () -> UnsafeRawPointer
    ) -> Int32 {
        error.report { () throws(PluginFailure) in
            guard let offer = copyOfSized(offer, zero: kubearmor_offer()) else { throw .missing("offer") }
            guard let answer else { throw .missing("answer") }
            guard offer.abi_major == UInt16(KUBEARMOR_ABI_MAJOR) else {
                throw PluginFailure(
                    code: EPROTO,
                    message: "the daemon speaks plugin ABI \(offer.abi_major).\(offer.abi_minor), this plugin "
                        + "\(KUBEARMOR_ABI_MAJOR).\(KUBEARMOR_ABI_MINOR): install a plugin of the daemon's release")
            }
            guard Host(offer.host) != nil else { throw .missing("offer.host") }
            let place = UnsafeMutableRawPointer(answer)
            let size = Int(sizeOf(UnsafeRawPointer(place)))
            guard size >= MemoryLayout<kubearmor_answer>.size else { throw .missing("answer") }
            var filled = kubearmor_answer()
            filled.kind = kind
            filled.abi_major = UInt16(KUBEARMOR_ABI_MAJOR)
            filled.abi_minor = UInt16(KUBEARMOR_ABI_MINOR)
            filled.header_hash = headerHash
            filled.table = table()
            store(filled, into: place, size: size)
            return 0
        }
    }

    /// KUBEARMOR_HEADER_HASH: a macro with casts, which Swift does not import.
    private static var headerHash: UInt64 {
        let terms: [(size: Int, factor: UInt64)] = [
            (MemoryLayout<kubearmor_event>.size, 0x9e37_79b1), (MemoryLayout<kubearmor_record>.size, 0x85eb_ca77),
            (MemoryLayout<kubearmor_rule>.size, 0xc2b2_ae3d), (MemoryLayout<kubearmor_rule_set>.size, 0x27d4_eb2f),
            (MemoryLayout<kubearmor_host>.size, 0x1656_67b1), (MemoryLayout<kubearmor_enforcer>.size, 0xd3a2_646c),
            (MemoryLayout<kubearmor_monitor>.size, 0xfd70_46c5), (MemoryLayout<kubearmor_feeder>.size, 0xb55a_4f09),
            (MemoryLayout<kubearmor_source>.size, 0x94d0_49bb),
        ]
        let version = UInt64(KUBEARMOR_ABI_MAJOR) << 56 ^ UInt64(KUBEARMOR_ABI_MINOR) << 48
        return terms.reduce(version) { $0 ^ UInt64($1.size) &* $1.factor }
    }
}
