// SPDX-License-Identifier: Apache-2.0

/// Encoded lines of one batch. The bytes are shared by all subscribers that get the same lines.
struct Lines {
    var bytes: [UInt8] = []
    /// Where each line ends, behind its newline.
    var ends: [Int] = []
    /// False for what is said about the stream itself.
    var areRecords = true

    init() {}

    /// What is said about the stream itself: one line.
    init(notice: String) {
        bytes = Array("\(notice)\n".utf8)
        ends = [bytes.count]
        areRecords = false
    }

    var count: Int { ends.count }

    /// The first lines that fit into `limit` bytes.
    func prefix(bytes limit: Int) -> Lines {
        if bytes.count <= limit { return self }
        let kept = ends.count { $0 <= limit }
        return prefix(kept)
    }

    /// The first `count` lines.
    func prefix(_ count: Int) -> Lines {
        if count == self.count { return self }
        var lines = Lines()
        lines.areRecords = areRecords
        guard count > 0 else { return lines }
        lines.ends = Array(ends[..<count])
        lines.bytes = Array(bytes[..<ends[count - 1]])
        return lines
    }

    mutating func append(_ line: ArraySlice<UInt8>) {
        bytes += line
        ends.append(bytes.count)
    }
}
