// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Comparison of text by its UTF-8 bytes. `String`'s own operators treat canonically equivalent spellings as equal,
/// which the kernel's paths are not.
enum ByteOrder {
    /// Negative, zero or positive, as `memcmp`.
    static func compare(_ left: String, _ right: String) -> Int {
        let fast = left.utf8.withContiguousStorageIfAvailable { first in
            right.utf8.withContiguousStorageIfAvailable { second in compare(first, second) }
        }
        if let fast, let result = fast { return result }
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    /// Each text once, in order.
    static func sortedOnce(_ texts: [String]) -> [String] {
        var result: [String] = []
        for text in texts.sorted(by: { compare($0, $1) < 0 }) {
            if let last = result.last, compare(last, text) == 0 { continue }
            result.append(text)
        }
        return result
    }

    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let common = min(left.count, right.count)
        if common > 0, let first = left.baseAddress, let second = right.baseAddress {
            let difference = memcmp(first, second, common)
            if difference != 0 { return Int(difference) }
        }
        return left.count - right.count
    }
}
