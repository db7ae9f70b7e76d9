// SPDX-License-Identifier: Apache-2.0

/// One step of a glob without alternatives.
enum GlobToken: Equatable {
    case byte(UInt8)
    /// One byte of the table.
    case member([Bool])
    /// One character that is none of the table's.
    case character(excluded: [Bool])
    /// As many as follow each other.
    case asterisks(Int)

    static let slashByte = UInt8(ascii: "/")
    static let slash = GlobToken.byte(slashByte)
}
