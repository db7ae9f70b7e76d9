// SPDX-License-Identifier: Apache-2.0
import PluginABI

/// One entry of a table of plugin.h, as kubearmor_signatures.h describes it.
struct EntrySignature: Sendable, Hashable {
    let kind: PluginKind
    let name: String
    /// Where the entry is in its table, bytes.
    let offset: Int
    /// A letter an argument, see kubearmor_signatures.h.
    let arguments: [Character]
    let isMandatory: Bool
    let mayRunAlongside: Bool
    /// A call that takes longer is late; nil: it runs until it is stopped.
    let limitNanoseconds: UInt64?

    /// The entries of all four tables, in their order.
    static let all: [EntrySignature] = {
        var count: UInt64 = 0
        let list = UnsafeBufferPointer(start: kubearmor_signature_list(&count), count: Int(count))
        return list.compactMap(EntrySignature.init)
    }()

    /// The entries of one kind's table, in their order.
    static func entries(of kind: PluginKind) -> [EntrySignature] {
        all.filter { $0.kind == kind }
    }

    private init?(_ signature: kubearmor_signature) {
        guard let kind = PluginKind(rawValue: signature.kind) else { return nil }
        self.kind = kind
        name = String(cString: signature.entry)
        offset = Int(signature.offset)
        arguments = Array(String(cString: signature.arguments))
        isMandatory = signature.flags & KUBEARMOR_SIGNATURE_MANDATORY != 0
        mayRunAlongside = signature.flags & KUBEARMOR_SIGNATURE_ALONGSIDE != 0
        let isUnlimited = signature.flags & KUBEARMOR_SIGNATURE_UNLIMITED != 0
        limitNanoseconds = isUnlimited ? nil : UInt64(signature.limit_ms) * 1_000_000
    }
}
