// SPDX-License-Identifier: Apache-2.0
import EventRecording
import PluginABI
import Testing

@Suite("Recordings of events")
struct RecordingTests {
    /// An event with something in each field.
    private func withEvent<Result>(_ body: (kubearmor_event) -> Result) -> Result {
        let texts = ["comm", "/usr/bin/app", "/bin/sh", "/etc/\u{e9}", "/target", "a\0b\0", "/", "pts0", "syscall=X"]
        let words = (texts + ["key", "value"]).map { Array($0.utf8) }
        let block = words.flatMap(\.self)
        return block.withUnsafeBytes { bytes in
            var start = 0
            let strings = words.map { word in
                defer { start += word.count }
                return kubearmor_string(
                    data: bytes.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) },
                    length: UInt64(word.count))
            }
            var event = kubearmor_event()
            event.struct_size = UInt32(MemoryLayout<kubearmor_event>.size)
            event.operation = 16
            event.workload = 1
            event.time_ns = 123_456_789
            event.result = -13
            (event.comm, event.process, event.parent) = (strings[0], strings[1], strings[2])
            (event.resource, event.target, event.arguments) = (strings[3], strings[4], strings[5])
            (event.cwd, event.tty, event.hook) = (strings[6], strings[7], strings[8])
            let pair = [
                kubearmor_pair(
                    struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: strings[9],
                    value: strings[10])
            ]
            return pair.withUnsafeBufferPointer { pairs in
                event.values = pairs.baseAddress
                event.value_count = 1
                return body(event)
            }
        }
    }

    private func text(_ string: kubearmor_string) -> String {
        guard let data = string.data else { return "" }
        return String(
            decoding: UnsafeRawBufferPointer(start: UnsafeRawPointer(data), count: Int(string.length)), as: UTF8.self)
    }

    private var recording: [UInt8] {
        var writer = RecordingWriter()
        writer.begin(host: "node-1", bootOffset: 7)
        var workload = RecordedWorkload(key: .max, isHost: false, name: "web-1")
        workload.labels = ["app": "web"]
        workload.containerID = "72de"
        writer.add(workload)
        withEvent { _ = writer.add($0, from: "ebpf") }
        writer.addDropped(3)
        writer.end()
        return writer.bytes
    }

    private func items(_ bytes: [UInt8], step: Int) throws -> [RecordingReader.Item] {
        var reader = RecordingReader()
        var items: [RecordingReader.Item] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.add(bytes[start..<min(start + step, bytes.count)])
            while let item = try reader.next() { items.append(item) }
        }
        #expect(reader.host == "node-1")
        #expect(reader.bootOffset == 7)
        #expect(reader.wholeBytes == bytes.count)
        return items
    }

    @Test("What is written is read again, however it is cut", arguments: [1, 3, 17, 100_000])
    func roundTrip(step: Int) throws {
        let items = try items(recording, step: step)
        guard items.count == 4, case .workload(let workload) = items[0], case .event(let event) = items[1],
            case .dropped(3) = items[2], case .end = items[3]
        else {
            Issue.record("\(items)")
            return
        }
        #expect(workload.key == .max)
        #expect(workload.labels == ["app": "web"])
        #expect(workload.containerID == "72de")
        #expect(event.plugin == "ebpf")
        event.withEvent { event in
            #expect(event.struct_size == UInt32(MemoryLayout<kubearmor_event>.size))
            #expect(event.operation == 16)
            #expect(event.time_ns == 123_456_789)
            #expect(event.result == -13)
            #expect(text(event.process) == "/usr/bin/app")
            #expect(text(event.resource) == "/etc/\u{e9}")
            #expect(text(event.arguments) == "a\0b\0")
            #expect(text(event.hook) == "syscall=X")
            #expect(event.value_count == 1)
            #expect(event.values.map { text($0.pointee.key) + text($0.pointee.value) } == "keyvalue")
        }
    }

    @Test("Frames of an unknown type are passed over")
    func unknownFrames() throws {
        var writer = RecordingWriter()
        writer.begin(host: "node-1", bootOffset: 7)
        let items = try items(writer.bytes + [3, 0, 0, 0, 200, 1, 2] + [1, 0, 0, 0, 4], step: 5)
        #expect(items.count == 1)
    }

    @Test("Anything else is refused with a reason and no crash")
    func broken() {
        func message(_ bytes: [UInt8]) -> String {
            var reader = RecordingReader()
            reader.add(bytes)
            do {
                while try reader.next() != nil {}
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message(Array("{\"a\":1}".utf8)).contains("no recording"))
        var other = recording
        other[8] = 3
        #expect(message(other).contains("version 3"))
        // Whatever byte is wrong, the reader ends.
        for index in recording.indices {
            var bytes = recording
            bytes[index] ^= 0xff
            _ = message(bytes)
            _ = message(Array(recording[..<index]))
        }
    }

    @Test("An event that is too large is not recorded")
    func tooLarge() {
        var writer = RecordingWriter()
        let bytes = [UInt8](repeating: 65, count: 2 << 20)
        bytes.withUnsafeBytes { bytes in
            var event = kubearmor_event()
            event.resource = kubearmor_string(
                data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length: UInt64(bytes.count))
            let isAdded = writer.add(event, from: "ebpf")
            #expect(!isAdded)
        }
        #expect(writer.bytes.isEmpty)
    }
}
