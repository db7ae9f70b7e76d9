// SPDX-License-Identifier: Apache-2.0

/// Bytes as they come, cut into lines.
public struct LineSplitter {
    /// A longer line is left out: no event is so long.
    private static let lineLimit = 4 << 20

    private var rest: [UInt8] = []
    private var isSkipping = false
    /// Lines that were too long.
    public private(set) var skipped = 0

    public init() {}

    /// The lines that are complete now, empty ones left out.
    public mutating func add(_ bytes: some Collection<UInt8>) -> [String] {
        rest += bytes
        var lines: [String] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if isSkipping {
                isSkipping = false
            } else if end > start {
                lines.append(String(decoding: rest[start..<end], as: UTF8.self))
            }
            start = end + 1
        }
        rest.removeFirst(start)
        if rest.count > Self.lineLimit {
            if !isSkipping { skipped += 1 }
            isSkipping = true
            rest = []
        }
        return lines
    }

    /// What stands behind the last newline; nil when nothing does.
    public mutating func end() -> String? {
        defer { rest = [] }
        return rest.isEmpty || isSkipping ? nil : String(decoding: rest, as: UTF8.self)
    }
}
