// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import PluginABI
import Policy
import Synchronization
import Testing
import Workloads

/// A feeder that takes records when it is let.
private final class GatedSink: RecordSink {
    let name = "gated"
    let kinds: Set<EventRecord.Kind> = [.alert, .log]
    let gate = DispatchSemaphore(value: 0)
    let entered = DispatchSemaphore(value: 0)
    let sequences = Mutex<[UInt64]>([])
    let flushed = Atomic<Bool>(false)
    let accepts: Int
    let fails: Bool

    init(accepts: Int = .max, fails: Bool = false) {
        self.accepts = accepts
        self.fails = fails
    }

    struct Failure: Error {}

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int {
        entered.signal()
        gate.wait()
        if fails { throw Failure() }
        let taken = min(count, accepts)
        sequences.withLock { $0 += (0..<taken).map { records[$0].sequence } }
        return taken
    }

    func flush(deadlineMilliseconds: Int32) throws { flushed.store(true, ordering: .relaxed) }
}

@Suite struct QueueTests {
    private func records(_ numbers: ClosedRange<UInt64>) -> [EventRecord] {
        numbers.map { number in
            var record = EventRecord(kind: .log)
            record.sequence = number
            return record
        }
    }

    @Test("A full queue drops the newest, counts them, and the sum holds")
    func fullQueue() throws {
        let sink = GatedSink()
        let queue = FeederQueue(sink: sink, capacity: 4) { _ in }
        try queue.start()
        queue.offer(records(1...1))
        sink.entered.wait()
        queue.offer(records(2...9))
        let meanwhile = queue.account()
        #expect(meanwhile.waiting == 5)
        #expect(meanwhile.dropped == [.queueFull: 4])
        for _ in 0..<2 { sink.gate.signal() }
        #expect(queue.close(deadlineMilliseconds: 5000))
        let account = queue.account()
        #expect(sink.sequences.withLock { $0 } == [1, 2, 3, 4, 5])
        #expect((account.offered, account.delivered, account.waiting) == (9, 5, 0))
        #expect(account.offered == account.delivered + account.dropped.values.reduce(0, +))
        let flushed = sink.flushed.load(ordering: .relaxed)
        #expect(flushed)
    }

    @Test("A queue is bounded by bytes too")
    func bytes() throws {
        let sink = GatedSink()
        let queue = FeederQueue(sink: sink, capacity: 1_000_000, byteCapacity: 64 << 10) { _ in }
        try queue.start()
        queue.offer(records(1...1))
        sink.entered.wait()
        for number in 1...1000 as ClosedRange<UInt64> { queue.offer(records(number...number + 9)) }
        let meanwhile = queue.account()
        #expect(meanwhile.waitingBytes <= 64 << 10)
        #expect(meanwhile.waiting > 10)
        #expect(meanwhile.offered == meanwhile.waiting + (meanwhile.dropped[.queueFull] ?? 0))
        for _ in 0..<meanwhile.waiting { sink.gate.signal() }
        #expect(queue.close(deadlineMilliseconds: 5000))
        #expect(queue.account().delivered == meanwhile.waiting)
    }

    @Test("Records of many batches, of kinds that the feeder does not take too, arrive once and in order")
    func gathering() throws {
        let sink = GatedSink()
        let queue = FeederQueue(sink: sink, capacity: 1_000_000) { _ in }
        try queue.start()
        queue.offer(records(1...1))
        sink.entered.wait()
        var next: UInt64 = 2
        for count in [1, 2, 600, 3, 255, 256, 257, 1] as [UInt64] {
            var offered = records(next...next + count - 1)
            offered.insert(EventRecord(kind: .message), at: Int(count / 2))
            queue.offer(offered)
            next += count
        }
        for _ in 0..<next { sink.gate.signal() }
        #expect(queue.close(deadlineMilliseconds: 5000))
        #expect(sink.sequences.withLock { $0 } == Array(1..<next))
    }

    @Test("All stages add up, and each takes what the one before has delivered")
    func stages() throws {
        let sink = GatedSink(accepts: 1)
        let queue = FeederQueue(sink: sink, capacity: 3) { _ in }
        let pipeline = EventPipeline(
            settings: EventSettings(
                node: NodeIdentity(clusterName: "", hostName: "", nodeID: ""), kubearmorVersion: "",
                hostVisibility: 2),
            workloads: WorkloadRegistry(host: .host(name: "web-1")), history: RuleHistory())
        pipeline.add(queue)
        try queue.start()
        let open = EventBuilder(operation: KUBEARMOR_OPERATION_OPEN, class_: .file)
        var unwanted = EventBuilder(operation: KUBEARMOR_OPERATION_EXEC, class_: .process)
        var gone = open
        gone.raw.workload = 99
        EventBuilder.withEvents([open]) { pipeline.accept($0, count: $1, from: "ebpf") }
        sink.entered.wait()
        EventBuilder.withEvents([open, unwanted, gone, open, open, open, open]) {
            pipeline.accept($0, count: $1, from: "ebpf")
        }
        unwanted.raw.struct_size = 12
        EventBuilder.withEvents([unwanted]) { pipeline.accept($0, count: $1, from: "ebpf") }
        pipeline.post(level: "INFO", "a message")
        for _ in 0..<3 { sink.gate.signal() }
        #expect(queue.close(deadlineMilliseconds: 5000))
        let stages = EventStage.all(
            plugins: [("ebpf", [("seen", 12), ("delivered", 9), ("dropped.ring_full", 3)])],
            pipeline: pipeline.account(),
            feeders: [("gated", queue.account(), [("delivered", 2), ("dropped.refused", 2)])])
        #expect(stages.allSatisfy { $0.unaccounted == 0 && $0.waiting == 0 })
        #expect(stages.map(\.taken) == [12, 0, 9, 8, 1, 6, 4])
        #expect(stages.map(\.delivered) == [9, 0, 8, 6, 1, 4, 2])
        #expect(stages[3].dropped == ["unwanted": 1, "unknown_workload": 1])
        #expect(stages[5].dropped == ["queue_full": 2])
    }

    @Test("A feeder is not offered what it does not take")
    func kinds() throws {
        let sink = GatedSink()
        let queue = FeederQueue(sink: sink, capacity: 4) { _ in }
        try queue.start()
        queue.offer([EventRecord(kind: .message)])
        #expect(queue.close(deadlineMilliseconds: 5000))
        #expect(queue.account() == FeederAccount())
    }

    @Test("What a feeder refuses or fails with is counted by reason", arguments: [false, true])
    func refusals(_ fails: Bool) throws {
        let sink = GatedSink(accepts: 1, fails: fails)
        let errors = Mutex<Int>(0)
        let queue = FeederQueue(sink: sink, capacity: 10) { _ in errors.withLock { $0 += 1 } }
        sink.gate.signal()
        try queue.start()
        queue.offer(records(1...3))
        #expect(queue.close(deadlineMilliseconds: 5000))
        let account = queue.account()
        #expect(account.dropped == (fails ? [.feederError: 3] : [.feederRefused: 2]))
        #expect(errors.withLock { $0 } == (fails ? 1 : 0))
    }

    @Test("A feeder that hangs does not hold up the stop, and what it left is counted")
    func hangingFeeder() throws {
        let sink = GatedSink()
        let queue = FeederQueue(sink: sink, capacity: 10) { _ in }
        try queue.start()
        queue.offer(records(1...1))
        sink.entered.wait()
        queue.offer(records(2...3))
        #expect(!queue.close(deadlineMilliseconds: 1))
        #expect(queue.account().dropped == [.stopped: 2])
        queue.offer(records(4...4))
        #expect(queue.account().dropped == [.stopped: 3])
        sink.gate.signal()
    }

    @Test("Every field reaches the struct of plugin.h")
    func encoding() {
        var record = EventRecord(kind: .alert)
        record.policyName = "no-apt"
        record.tags = ["NIST", "SI-4"]
        record.eventData = [.init("Lsm", "FILE_OPEN")]
        record.hostPID = 7
        record.resource = "/tmp/ä"
        RecordBatch([record, EventRecord(kind: .message)]).withRecords { raw, count in
            #expect(count == 2)
            #expect(raw[0].type == KUBEARMOR_RECORD_ALERT)
            #expect(raw[0].struct_size == UInt32(MemoryLayout<kubearmor_record>.size))
            #expect(text(raw[0].policy_name) == "no-apt")
            #expect(text(raw[0].tags) == "NIST,SI-4")
            #expect(raw[0].atag_count == 2)
            #expect(text(raw[0].atags[1]) == "SI-4")
            #expect(text(raw[0].event_data[0].key) == "Lsm")
            #expect(text(raw[0].event_data[0].value) == "FILE_OPEN")
            #expect(text(raw[0].resource) == "/tmp/ä")
            #expect(raw[0].host_pid == 7)
            #expect(raw[1].type == KUBEARMOR_RECORD_MESSAGE)
            #expect(raw[1].policy_name.length == 0)
        }
    }

    @Test("Events of a plugin with a shorter struct are read, others are counted as malformed")
    func shorterEvents() throws {
        let pipeline = EventPipeline(
            settings: EventSettings(
                node: NodeIdentity(clusterName: "", hostName: "", nodeID: ""), kubearmorVersion: "",
                hostVisibility: 2),
            workloads: WorkloadRegistry(host: .host(name: "web-1")), history: RuleHistory())
        var short = EventBuilder(operation: KUBEARMOR_OPERATION_OPEN, class_: .file)
        short.raw.struct_size = 240
        short.withEvent { pipeline.accept($0, count: 1, from: "ebpf") }
        var broken = short
        broken.raw.struct_size = 12
        broken.withEvent { pipeline.accept($0, count: 1, from: "ebpf") }
        let account = pipeline.account()
        #expect((account.events, account.records, account.malformed) == (1, 1, 1))
    }

    private func text(_ string: kubearmor_string) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: UnsafeRawPointer(string.data), count: Int(string.length)),
            as: UTF8.self)
    }
}
