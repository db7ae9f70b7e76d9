// SPDX-License-Identifier: Apache-2.0

/// Many short lists of numbers in one buffer, each begun by the number of its owner.
struct LinkedLists {
    private var heads = ContiguousArray<Int32>()
    private var links = ContiguousArray<(value: Int32, next: Int32)>()

    mutating func addOwner() {
        heads.append(-1)
    }

    mutating func append(_ value: Int32, to owner: Int) {
        links.append((value, heads[owner]))
        heads[owner] = Int32(links.count - 1)
    }

    func isEmpty(_ owner: Int) -> Bool { heads[owner] < 0 }

    /// Calls `body` for every number of a list, last first.
    @inline(__always)
    func forEach(_ owner: Int, _ body: (Int32) -> Void) {
        var link = heads[owner]
        while link >= 0 {
            body(links[Int(link)].value)
            link = links[Int(link)].next
        }
    }
}
