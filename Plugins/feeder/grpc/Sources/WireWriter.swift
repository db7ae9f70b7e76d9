// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// Writes fields of protobuf messages one behind the other. Fields that have their default are left out.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func number(_ field: Int, _ value: Int64) {
        guard value != 0 else { return }
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: value))
    }

    mutating func number(_ field: Int, _ value: Int32) { number(field, Int64(value)) }

    mutating func text(_ field: Int, _ text: Text) {
        guard !text.isEmpty else { return }
        tag(field)
        appendText(text)
    }

    mutating func text(_ field: Int, _ text: String) {
        guard !text.isEmpty else { return }
        data(field, Array(text.utf8))
    }

    /// Also one that is empty, which counts among repeated ones.
    mutating func data(_ field: Int, _ data: [UInt8]) {
        tag(field)
        varint(UInt64(data.count))
        bytes += data
    }

    /// A message within the message, also an empty one.
    mutating func message(_ field: Int, _ body: (inout WireWriter) -> Void) {
        tag(field)
        prefixingLength { body(&$0) }
    }

    private mutating func tag(_ field: Int) { varint(UInt64(field) << 3 | 2) }

    /// Clients refuse a message, and with it their whole stream, for one byte of a text that is not UTF-8: such bytes
    /// are written as `\xNN`, and a backslash before an `x` as `\x5c`, as the file feeder does.
    private mutating func appendText(_ text: Text) {
        text.withSpan { span in
            if span.isPlain {
                varint(UInt64(span.count))
                bytes.append(span)
            } else {
                prefixingLength { $0.appendEscaping(span) }
            }
        }
    }

    private mutating func prefixingLength(_ body: (inout WireWriter) -> Void) {
        let start = bytes.count
        bytes.append(0)
        body(&self)
        var length = bytes.count - start - 1
        // The place for one byte is there already.
        var place = start
        while length >= 0x80 {
            bytes.insert(UInt8(truncatingIfNeeded: length) | 0x80, at: place)
            place += 1
            length >>= 7
        }
        bytes[place] = UInt8(truncatingIfNeeded: length)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func appendEscaping(_ text: Span<UInt8>) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            let length = byte < 0x80 ? 1 : text.lengthOfScalar(at: index)
            let isEscape = byte == UInt8(ascii: "\\") && index + 1 < text.count && text[index + 1] == UInt8(ascii: "x")
            if length == 0 || isEscape {
                bytes.append("\\x")
                bytes.appendHexadecimal(byte)
                index += 1
            } else {
                bytes.append(text.extracting(index..<index + length))
                index += length
            }
        }
    }
}

extension Span<UInt8> {
    /// ASCII without a backslash, as nearly all texts are.
    fileprivate var isPlain: Bool {
        for index in indices where self[index] >= 0x80 || self[index] == UInt8(ascii: "\\") { return false }
        return true
    }
}
