// SPDX-License-Identifier: Apache-2.0

/// A place in a text. Both numbers start from 1; columns are Unicode scalars.
public struct YAMLMark: Equatable, Sendable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension YAMLMark: CustomStringConvertible {
    public var description: String { "\(line):\(column)" }
}
