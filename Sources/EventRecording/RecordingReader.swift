// SPDX-License-Identifier: Apache-2.0
import JSON

/// Reads a recording, in pieces as they come.
public struct RecordingReader {
    /// What follows in a recording.
    public enum Item: Sendable {
        case workload(RecordedWorkload)
        case event(RecordedEvent)
        /// So many events are missing here.
        case dropped(UInt64)
        /// It is whole.
        case end
    }

    private var bytes: [UInt8] = []
    private var position = 0
    /// Of the machine; nil until the head has come.
    public private(set) var host: String?
    /// Nanoseconds from CLOCK_BOOTTIME to UTC.
    public private(set) var bootOffset: UInt64 = 0
    /// Whole frames, with the head: bytes that may be kept as a recording.
    public private(set) var wholeBytes = 0

    public init() {}

    /// Whether these are the first bytes of a recording.
    public static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.starts(with: RecordingFormat.magic)
    }

    public mutating func add(_ piece: some Collection<UInt8>) {
        if position > 1 << 16 || position == bytes.count {
            bytes.removeFirst(position)
            position = 0
        }
        bytes += piece
    }

    /// The next item; nil when more bytes are needed.
    public mutating func next() throws(RecordingError) -> Item? {
        if host == nil, try !head() { return nil }
        while let (type, payload) = try frame() {
            defer { wholeBytes += payload.count + 5 }
            switch RecordingFormat.Frame(rawValue: type) {
            case .workload:
                guard let workload = RecordedWorkload(json: String(decoding: payload, as: UTF8.self)) else {
                    throw Self.broken("a workload")
                }
                return .workload(workload)
            case .event:
                guard let event = RecordedEvent(payload: payload) else { throw Self.broken("an event") }
                return .event(event)
            case .dropped:
                var reader = PayloadReader(payload)
                guard let count = reader.longNumber() else { throw Self.broken("a number of events") }
                return .dropped(count)
            case .end: return .end
            case nil: continue
            }
        }
        return nil
    }

    private static func broken(_ what: String) -> RecordingError {
        RecordingError(description: "the recording is broken: \(what) cannot be read")
    }

    /// False when it has not come whole.
    private mutating func head() throws(RecordingError) -> Bool {
        let rest = bytes[position...]
        guard RecordingFormat.magic.starts(with: rest.prefix(8)) || rest.starts(with: RecordingFormat.magic) else {
            throw RecordingError(description: "this is no recording of events")
        }
        var reader = PayloadReader(rest)
        guard reader.bytes(8) != nil, let version = reader.number() else { return false }
        guard version == RecordingFormat.version else {
            throw RecordingError(
                description: "the recording is of version \(version), this program reads version 1: use its release")
        }
        guard let size = reader.number() else { return false }
        guard size <= RecordingFormat.frameLimit else { throw Self.broken("its head") }
        guard let text = reader.bytes(Int(size)) else { return false }
        guard let value = JSONParser.parse(String(decoding: text, as: UTF8.self)) else { throw Self.broken("its head") }
        host = value["host"]?.string ?? ""
        bootOffset = value["boot_offset"]?.string.flatMap { UInt64($0) } ?? 0
        position += 16 + Int(size)
        wholeBytes += 16 + Int(size)
        return true
    }

    private mutating func frame() throws(RecordingError) -> (type: UInt8, payload: ArraySlice<UInt8>)? {
        var reader = PayloadReader(bytes[position...])
        guard let size = reader.number() else { return nil }
        guard size >= 1, size <= RecordingFormat.frameLimit else { throw Self.broken("a frame of \(size) bytes") }
        let start = position + 4
        guard bytes.count - start >= Int(size) else { return nil }
        position = start + Int(size)
        return (bytes[start], bytes[(start + 1)..<position])
    }
}
