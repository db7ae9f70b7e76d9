// SPDX-License-Identifier: Apache-2.0

/// Takes decisions from an input's bytes, in order; zeros when they are used up.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        rest = ArraySlice(bytes)
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func below(_ limit: Int) -> Int {
        Int(rest.popFirst() ?? 0) % limit
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[below(choices.count)]
    }

    mutating func flag() -> Bool { below(2) == 1 }
}
