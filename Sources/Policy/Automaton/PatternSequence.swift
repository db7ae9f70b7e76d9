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

    init(prefix: [UInt8], tail: ArraySlice<PatternElement>, tag: Int32) {
        self.prefix = prefix
        self.tail = tail
        self.tag = tag
    }

    private static func elements(of sockets: NetworkProtocol.Sockets) -> [PatternElement] {
        let lists = [sockets.families, sockets.types, sockets.protocols]
        return [.byte(AccessObject.socket(SocketKind(family: 0, type: 0, protocol: 0)).bytes[0])]
            + lists.map { .set($0.map { ByteSet($0.map(AccessObject.byte)) } ?? .all) }
    }

    /// What of a pattern can match a path. Objects that are no paths begin with another byte; a pattern that begins
    /// with a wildcard must not take them for paths.
    private static func beginningWithSlash(_ elements: ArraySlice<PatternElement>) -> [[PatternElement]] {
        let slash = UInt8(ascii: "/")
        guard let first = elements.first else { return [] }
        let rest = elements.dropFirst()
        switch first {
        case .byte(let byte): return byte == slash ? [Array(elements)] : []
        case .set(let set), .character(let set): return set.contains(slash) ? [[.byte(slash)] + rest] : []
        case .plus(let set): return set.contains(slash) ? [[.byte(slash), .loop(set)] + rest] : []
        case .loop(let set):
            let taken: [[PatternElement]] = set.contains(slash) ? [[.byte(slash), .loop(set)] + rest] : []
            return taken + beginningWithSlash(rest)
        }
    }

    /// The sequences of the arguments that a list permits.
    static func arguments(_ permitted: ArgumentList) -> [PatternSequence] {
        permitted.texts.map { PatternSequence(prefix: $0, tail: [], tag: 1) }
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
            for path in beginningWithSlash(elements[...]) { sequences.append(PatternSequence(path, tag: tag)) }
        case .pattern:
            for elements in try Glob(name).alternatives {
                for path in beginningWithSlash(elements[...]) { sequences.append(PatternSequence(path, tag: tag)) }
            }
        case .protocol:
            for sockets in NetworkProtocol.sockets(named: name) {
                sequences.append(PatternSequence(elements(of: sockets), tag: tag))
            }
        case .capability:
            let number = CapabilityName.number(of: name).map { AccessObject.capability($0).bytes } ?? []
            sequences.append(PatternSequence(prefix: number, tail: [], tag: tag))
        case .domain:
            let isBelow = name.hasPrefix("*.")
            let ending = AccessObject.domain(isBelow ? String(name.dropFirst()) : name).bytes
            let kind = PatternElement.byte(ending[0])
            let labels: [PatternElement] = isBelow ? [kind, .plus(.all)] : [kind]
            sequences.append(PatternSequence(labels + ending.dropFirst().map { .byte($0) }, tag: tag))
        case .native:
            // For an enforcer that reads the text.
            break
        case .preset:
            let bytes = Preset(name: name).map { AccessObject.preset($0).bytes } ?? []
            sequences.append(PatternSequence(prefix: bytes, tail: [], tag: tag))
        default:
            sequences.append(PatternSequence(prefix: bytes, tail: [], tag: tag))
        }
    }
}
