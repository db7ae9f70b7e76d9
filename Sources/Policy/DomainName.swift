// SPDX-License-Identifier: Apache-2.0

/// DNS names as rules compare them: without regard to case and to a last dot. `*.` before a name stands for one or
/// more labels.
public enum DomainName {
    static let lengthLimit = 253

    public static func normalised(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.utf8.last == UInt8(ascii: ".") ? String(lower.dropLast()) : lower
    }

    static func matches(_ rule: String, _ name: String) -> Bool {
        let name = normalised(name)
        guard rule.hasPrefix("*.") else { return rule == name }
        let ending = rule.dropFirst()
        return name.utf8.count > ending.utf8.count && name.hasSuffix(ending)
    }

    /// Letters, digits, `-`, `_` in labels of 1 to 63; only the first label may be `*`.
    public static func isValid(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= lengthLimit else { return false }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { index, label in
            if index == 0, labels.count > 1, Array(label) == [UInt8(ascii: "*")] { return true }
            return (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    return isLetter || isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
    }
}
