// SPDX-License-Identifier: Apache-2.0

/// Permitted arguments by their bytes: two spellings of one character are two arguments.
struct ArgumentList: Hashable, Comparable {
    let texts: [[UInt8]]

    init(_ arguments: [String]) {
        texts = arguments.map { Array($0.utf8) }
    }

    static func < (left: ArgumentList, right: ArgumentList) -> Bool {
        left.texts.lexicographicallyPrecedes(right.texts) { $0.lexicographicallyPrecedes($1) }
    }
}
