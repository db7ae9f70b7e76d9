// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// An event as it was recorded.
public struct RecordedEvent: Sendable {
    private let fixed: [UInt8]
    private let session: UInt64
    /// In the order of the format; the last is the plugin's name.
    private let texts: [[UInt8]]
    private let values: [([UInt8], [UInt8])]

    /// The plugin that reported it.
    public var plugin: String { String(decoding: texts[RecordingFormat.textCount - 1], as: UTF8.self) }

    /// Nil when the payload ends within something or goes on behind everything.
    init?(payload: ArraySlice<UInt8>) {
        var rest = PayloadReader(payload)
        guard let fixed = rest.bytes(RecordingFormat.fixedBytes), let session = rest.longNumber() else { return nil }
        (self.fixed, self.session) = (fixed, session)
        var texts: [[UInt8]] = []
        for _ in 0..<RecordingFormat.textCount {
            guard let text = rest.text() else { return nil }
            texts.append(text)
        }
        guard let count = rest.number(), count < 4096 else { return nil }
        var values: [([UInt8], [UInt8])] = []
        for _ in 0..<count {
            guard let key = rest.text(), let value = rest.text() else { return nil }
            values.append((key, value))
        }
        guard rest.isAtEnd else { return nil }
        (self.texts, self.values) = (texts, values)
    }

    /// Lends the event; it and all that it points to are valid until `body` returns.
    public func withEvent<Result>(_ body: (kubearmor_event) throws -> Result) rethrows -> Result {
        var event = kubearmor_event()
        withUnsafeMutableBytes(of: &event) { $0.copyBytes(from: fixed) }
        event.struct_size = UInt32(MemoryLayout<kubearmor_event>.size)
        event.session = session
        // One block holds all bytes, so that they need to be lent once only.
        let block = texts.flatMap(\.self) + values.flatMap { $0.0 + $0.1 }
        return try block.withUnsafeBytes { bytes in
            var start = 0
            func lend(_ text: [UInt8]) -> kubearmor_string {
                defer { start += text.count }
                guard !text.isEmpty, let base = bytes.baseAddress else { return kubearmor_string() }
                return kubearmor_string(
                    data: (base + start).assumingMemoryBound(to: CChar.self), length: UInt64(text.count))
            }
            event.comm = lend(texts[0])
            event.process = lend(texts[1])
            event.parent = lend(texts[2])
            event.resource = lend(texts[3])
            event.target = lend(texts[4])
            event.arguments = lend(texts[5])
            event.cwd = lend(texts[6])
            event.tty = lend(texts[7])
            event.hook = lend(texts[8])
            start += texts[9].count
            let pairs = values.map { key, value in
                kubearmor_pair(
                    struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: lend(key),
                    value: lend(value))
            }
            return try pairs.withUnsafeBufferPointer { pairs in
                event.values = pairs.isEmpty ? nil : pairs.baseAddress
                event.value_count = UInt64(pairs.count)
                return try body(event)
            }
        }
    }
}

/// Takes a payload apart.
struct PayloadReader {
    private var rest: ArraySlice<UInt8>

    init(_ payload: ArraySlice<UInt8>) { rest = payload }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number() -> UInt32? {
        bytes(4)?.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }

    mutating func longNumber() -> UInt64? {
        bytes(8)?.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    }

    mutating func text() -> [UInt8]? { number().flatMap { bytes(Int($0)) } }
}
