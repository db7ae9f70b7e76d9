// SPDX-License-Identifier: Apache-2.0

/// One plain pattern for the compiler: literal bytes first, then the rest.
struct PatternSequence {
    let prefix: [UInt8]
    let tail: ArraySlice<PatternElement>
    /// What is reported where it matches.
    let tag: Int32

    init(_ elements: [PatternElement], tag: Int32) {
        var bytes: [UInt8] = []
        for element in elements {
            guard case .byte(let byte) = element else { break }
            bytes.append(byte)
        }
        prefix = bytes
        tail = elements.dropFirst(bytes.count)
        self.tag = tag
    }

    private init(prefix: [UInt8], tail: ArraySlice<PatternElement>, tag: Int32) {
        self.prefix = prefix
        self.tail = tail
        self.tag = tag
    }

    /// The patterns that say what a rule's object or source says.
    static func make(
        match: MatchKind, name: String, recursive: Bool, tag: Int32, into sequences: inout [PatternSequence]
    ) throws(GlobError) {
        let bytes = Array(name.utf8)
        switch match {
        case .directory:
            let itself = bytes.count > 1 ? Array(bytes.dropLast()) : bytes
            sequences.append(PatternSequence(prefix: itself, tail: [], tag: tag))
            let below: PatternElement = .plus(recursive ? .all : .component)
            sequences.append(PatternSequence(prefix: bytes, tail: [below], tag: tag))
        case .execname:
            let slashAndName = [UInt8(ascii: "/")] + bytes
            let elements = [PatternElement.loop(.all)] + slashAndName.map { .byte($0) }
            sequences.append(PatternSequence(prefix: [], tail: elements[...], tag: tag))
        case .pattern:
            for elements in try Glob(name).alternatives {
                sequences.append(PatternSequence(elements, tag: tag))
            }
        default:
            sequences.append(PatternSequence(prefix: bytes, tail: [], tag: tag))
        }
    }
}
