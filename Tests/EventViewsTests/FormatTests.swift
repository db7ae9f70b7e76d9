// SPDX-License-Identifier: Apache-2.0
import EventViews
import Testing

@Suite("Forms of alerts and logs")
struct FormatTests {
    private let alert = Lines.line(Lines.alert)

    @Test("JSON is what came, byte for byte")
    func json() {
        #expect(EventFormat(.json, hasColours: true).text(of: alert) == Lines.alert)
    }

    @Test("Text names every field")
    func text() {
        let lines = EventFormat(.text).text(of: alert).split(separator: "\n")
        #expect(lines.first == "== Alert / 2023-06-27T12:21:47.932526Z ==")
        for field in ["Owner.Name: web", "ATags: NIST,SI-4", "Resource: /usr/bin/apt update", "UID: 0"] {
            #expect(lines.contains(Substring(field)))
        }
    }

    @Test("A table has a row a record under its head")
    func table() throws {
        let format = EventFormat(.table)
        let head = try #require(format.head)
        let row = format.text(of: alert)
        #expect(row.hasPrefix("12:21:47.932526  Block"))
        #expect(row.hasSuffix("ksp-block"))
        let column = try #require(head.firstRange(of: "OPERATION")).lowerBound
        #expect(row[row.index(row.startIndex, offsetBy: head[..<column].count)...].hasPrefix("Process"))
        #expect(format.text(of: Lines.line(Lines.message)).contains("careful"))
    }

    @Test("Colours come only when asked for, and names of files bring none")
    func colours() {
        let evil = Lines.log("File", #"/tmp/\u001b[31mred\n\u009b\u202e"#)
        for form in [EventFormat.Form.text, .table] {
            let plain = EventFormat(form).text(of: evil)
            #expect(!plain.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || $0.value == 0x9b) })
            #expect(plain.contains(#"/tmp/\u{1b}[31mred\n\u{9b}\u{202e}"#))
            #expect(EventFormat(form, hasColours: true).text(of: alert).contains("\u{1b}[31m"))
        }
    }

    @Test("Lines come whole, however the bytes are cut")
    func splitting() {
        let bytes = Array("{\"a\":1}\n\n{\"b\":\"é\"}\nrest".utf8)
        for size in 1...bytes.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                lines += splitter.add(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(lines == ["{\"a\":1}", "{\"b\":\"é\"}"])
            #expect(splitter.end() == "rest")
        }
    }
}
