// SPDX-License-Identifier: Apache-2.0

/// Reads `apparmor`: rules in AppArmor's own language, which only that enforcer understands.
enum NativeReader {
    /// Bytes of one text.
    static let sizeLimit = 64 << 10

    static func read(_ field: Field, _ inherited: Inheritance, into rules: inout [PolicyRule]) {
        guard let text = field.string() else { return }
        guard text.utf8.count <= sizeLimit else {
            field.error(
                "too-long", "the text has \(text.utf8.count) bytes, at most \(sizeLimit) are read",
                "split the policy")
            return
        }
        guard text.contains(where: { !$0.isWhitespace }) else { return }
        field.warning(
            "native-rules", "only the enforcer apparmor holds rules in AppArmor's language",
            "write them as process, file, network and capabilities rules to have them under every enforcer")
        rules.append(
            PolicyRule(
                accessClass: .file, match: .native, object: text, action: .block, severity: inherited.severity,
                tags: inherited.tags, message: inherited.message, location: field.location))
    }
}
