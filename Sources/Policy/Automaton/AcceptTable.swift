// SPDX-License-Identifier: Apache-2.0

/// Gives sets of tags a number: the meaning of ending in a state.
protocol AcceptTable {
    /// The number of these tags, 0 when they mean nothing. May reorder `tags`.
    mutating func number(_ tags: inout ContiguousArray<Int32>) throws(AutomatonError) -> Int32
}
