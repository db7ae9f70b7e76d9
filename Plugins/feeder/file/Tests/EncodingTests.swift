// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Testing

@Suite("What the file feeder writes")
struct EncodingTests {
    @Test("An alert with every field has KubeArmor's names, each once")
    func everyField() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        #expect(try feeder.publish([fullRecord]) == 1)
        #expect(try folder.lines() == [fullAlertLine])
    }

    @Test("A log has no fields of policies")
    func log() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        #expect(try feeder.publish([fullRecord.with(type: KUBEARMOR_RECORD_LOG)]) == 1)
        let line = try #require(try folder.lines().first)
        for name in ["PolicyName", "Severity", "Tags", "ATags", "Message", "Enforcer", "Action", "KubeArmorVersion"] {
            #expect(!line.contains("\"\(name)\":"), "\(name)")
        }
        #expect(line.contains(#""ProcessName":"process_name""#))
    }

    @Test("Empty fields are left out, except PPID and UID")
    func empty() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        #expect(try feeder.publish([RecordFields(), RecordFields().with(type: KUBEARMOR_RECORD_LOG)]) == 2)
        #expect(try folder.lines() == [#"{"PPID":0,"UID":0}"#, #"{"PPID":0,"UID":0}"#])
    }

    @Test("Negative and extreme numbers are written in decimal")
    func numbers() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        var record = RecordFields()
        record.numbers = { fields in
            fields.timestamp = .min
            fields.ppid = -1
            fields.uid = .max
        }
        _ = try feeder.publish([record])
        #expect(try folder.lines() == [#"{"Timestamp":-9223372036854775808,"PPID":-1,"UID":2147483647}"#])
    }

    @Test(
        "Bytes that JSON or UTF-8 does not take are escaped",
        arguments: [
            ("plain", "plain"), ("/päth/日本/🦀", "/päth/日本/🦀"), (#"say "hi""#, #"say \"hi\""#),
            ("tab\tline\nend\r", #"tab\tline\nend\r"#), ("\u{0}\u{1f}\u{7f}", "\\u0000\\u001f\u{7f}"),
            (#"C:\path"#, #"C:\\path"#), (#"\x41"#, #"\\x5cx41"#), (#"\\x41"#, #"\\\\x5cx41"#),
        ])
    func escapes(text: String, expected: String) throws {
        #expect(try encode(Array(text.utf8)) == expected)
    }

    @Test(
        "Every byte that is not UTF-8 is written as \\xNN",
        arguments: [
            ([0x61, 0xff, 0x62], #"a\\xffb"#), ([0xc3], #"\\xc3"#), ([0xc0, 0xaf], #"\\xc0\\xaf"#),
            ([0xed, 0xa0, 0x80], #"\\xed\\xa0\\x80"#), ([0xf4, 0x90, 0x80, 0x80], #"\\xf4\\x90\\x80\\x80"#),
            ([0xe6, 0x97, 0x41], #"\\xe6\\x97A"#), ([0x5c, 0xff], #"\\\\xff"#),
        ] as [([UInt8], String)])
    func invalidBytes(bytes: [UInt8], expected: String) throws {
        #expect(try encode(bytes) == expected)
    }

    @Test("Reading the escapes back restores any bytes")
    func roundTrip() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        var generator = Sequence64(state: 42)
        let interesting: [UInt8] = [0x5c, 0x78, 0x22, 0x0a, 0xc3, 0xa4, 0xe6, 0x97, 0xa5, 0xed, 0xf0, 0xff, 0x35, 0x63]
        let texts = (0..<2000).map { _ in
            (0..<Int(generator.next() % 12 + 1)).map { _ -> UInt8 in
                let number = generator.next()
                return number & 1 == 0
                    ? interesting[Int(number >> 8) % interesting.count] : UInt8(truncatingIfNeeded: number >> 8)
            }
        }
        _ = try feeder.publish(texts.map { RecordFields(bytes: $0) })
        let lines = try folder.lines()
        try #require(lines.count == texts.count)
        for (line, expected) in zip(lines, texts) {
            #expect(unescape(resource(of: line)) == expected)
        }
    }

    private func encode(_ bytes: [UInt8]) throws -> String {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        _ = try feeder.publish([RecordFields(bytes: bytes)])
        let line = try #require(try folder.lines().first)
        return String(decoding: resource(of: line), as: UTF8.self)
    }

    /// The inside of the one string of such a line, in bytes: a character of it may combine with a quote.
    private func resource(of line: String) -> [UInt8] {
        Array(line.utf8.dropFirst(#"{"PPID":0,"UID":0,"Resource":""#.utf8.count).dropLast(2))
    }
}

/// A fixed sequence of numbers (SplitMix64).
private struct Sequence64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Reads a JSON string's inside, then `\xNN`.
private func unescape(_ json: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var rest = json[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
            text.append(byte)
            continue
        }
        switch kind {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "u"):
            text.append(UInt8(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(4)
        default: text.append(kind)
        }
    }
    var bytes: [UInt8] = []
    var left = text[...]
    while let byte = left.popFirst() {
        if byte == UInt8(ascii: "\\"), left.first == UInt8(ascii: "x"),
            let value = UInt8(String(decoding: left.dropFirst().prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            left = left.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}
