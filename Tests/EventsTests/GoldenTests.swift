// SPDX-License-Identifier: Apache-2.0
import CLinux
import Events
import Glibc
import PluginABI
import PluginKit
import Synchronization
import Testing
import Workloads

/// Keeps the lines of JSON that a feeder would write.
private final class LineSink: RecordSink {
    let name = "lines"
    let kinds: Set<EventRecord.Kind> = [.alert, .log, .message]
    let lines = Mutex<[UInt8]>([])

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int {
        var encoder = LineEncoder()
        encoder.start()
        for record in try PluginKit.RecordBatch(records, count: UInt64(count)) { encoder.append(record) }
        lines.withLock { $0 += encoder.bytes }
        return count
    }

    func flush(deadlineMilliseconds: Int32) {}
}

@Suite("Alerts and logs are, byte for byte, what they were")
struct GoldenTests {
    private static let clock = EventClock(offset: 1_687_868_507_932_526_000)
    private static let folder = String(#filePath.prefix(through: #filePath.lastIndex(of: "/") ?? #filePath.startIndex))

    /// In the order of ``GoldenEvents/all``, one by one and as many together as come from one plugin; with
    /// `KUBEARMOR_GOLDEN` set the file is written anew.
    @Test(arguments: [false, true]) func lines(together: Bool) throws {
        let sink = LineSink()
        let queue = FeederQueue(sink: sink, capacity: 10_000) { _ in }
        let workloads = WorkloadRegistry(host: .host(name: "web-1"))
        workloads.upsert(GoldenEvents.container)
        let pipeline = EventPipeline(
            settings: GoldenEvents.settings, workloads: workloads, history: GoldenEvents.history(),
            users: UserNames(path: Self.folder + "Golden/passwd"), clock: { Self.clock })
        pipeline.add(queue)
        try queue.start()
        for (plugin, events) in GoldenEvents.runs(together: together) {
            EventBuilder.withEvents(events[...]) { pipeline.accept($0, count: $1, from: plugin) }
        }
        queue.close(deadlineMilliseconds: 10_000)
        let lines = sink.lines.withLock { $0 }
        let path = Self.folder + "Golden/events.jsonl"
        if getenv("KUBEARMOR_GOLDEN") != nil, !together {
            let descriptor = kubearmor_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            defer { close(descriptor) }
            #expect(write(descriptor, lines, lines.count) == lines.count)
        }
        let golden = Self.read(path).split(separator: UInt8(ascii: "\n"))
        let found = lines.split(separator: UInt8(ascii: "\n"))
        #expect(found.count == golden.count)
        for (line, wanted) in zip(found, golden) where line != wanted {
            #expect(String(decoding: line, as: UTF8.self) == String(decoding: wanted, as: UTF8.self))
        }
    }

    private static func read(_ path: String) -> [UInt8] {
        let descriptor = kubearmor_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
