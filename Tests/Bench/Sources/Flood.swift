// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Events
import Glibc
import PluginABI
import Synchronization
import Workloads

/// A flood with feeders that take all, take half, take nothing and fail: every record is accounted for, and memory is
/// bounded.
enum Flood {
    private static let producers = 2
    private static let queueBytes = 8 << 20
    /// What four queues may hold, and half as much again: what the makers of records keep, and what is being freed.
    private static let limitKilobytes = 48 << 10
    /// Events of one call; those of every so many calls cannot be read, or are of a workload that is gone.
    private static let batch = 64
    private static let oddity = 101

    /// - Returns: whether all sums are exact and memory is bounded
    static func run(_ events: Int) -> Bool {
        let mix = EventMix(count: 8192)
        let pipeline = EventMix.pipeline(visibility: 0x3)
        let sinks: [FloodSink] = [
            FloodSink("fast", .takesAll), FloodSink("half", .takesHalf), FloodSink("stalled", .stalls),
            FloodSink("failing", .fails),
        ]
        let queues = sinks.map { sink in
            FeederQueue(sink: sink, capacity: 65536, byteCapacity: queueBytes) { _ in }
        }
        for queue in queues {
            guard (try? queue.start()) != nil else { return false }
            pipeline.add(queue)
        }
        let before = kilobytes("VmRSS")
        let start = seconds(CLOCK_MONOTONIC)
        let emitted = Atomic<UInt64>(0)
        DispatchQueue.concurrentPerform(iterations: producers) { producer in
            var done = 0
            var odd = kubearmor_event()
            while done < events / producers {
                let first = (done / batch + producer) % (mix.observations.count / batch) * batch
                mix.observations.withUnsafeBufferPointer { all in
                    guard let base = all.baseAddress else { return }
                    pipeline.accept(base + first, count: batch, from: "ebpf")
                }
                done += batch
                // One of no size, one of no workload.
                if done / batch % oddity == 0 {
                    odd.struct_size = done / batch % 2 == 0 ? 8 : UInt32(MemoryLayout<kubearmor_event>.size)
                    odd.workload = 4711
                    pipeline.accept(&odd, count: 1, from: "ebpf")
                    done += 1
                }
            }
            emitted.add(UInt64(done), ordering: .relaxed)
        }
        pipeline.post(level: "INFO", "the flood is over")
        let wall = seconds(CLOCK_MONOTONIC) - start
        let peak = kilobytes("VmHWM")
        for (queue, sink) in zip(queues, sinks) {
            // The one that stalls does so until the deadline is over.
            queue.close(deadlineMilliseconds: sink.behaviour == .stalls ? 50 : 10_000)
            sink.release()
        }
        for queue in queues { while queue.account().waiting > 0 { usleep(1000) } }
        print("flood: \(emitted.load(ordering: .relaxed)) events in \(Int(wall * 1000)) ms")
        let isExact = check(pipeline, zip(sinks, queues).map { ($0, $1) }, emitted.load(ordering: .relaxed))
        print("memory: \(before) KiB before, \(peak) KiB at most, limit \(before + limitKilobytes) KiB")
        let isBounded = peak <= before + limitKilobytes
        print("sums exact: \(isExact ? "yes" : "NO"); memory bounded: \(isBounded ? "yes" : "NO")")
        return isExact && isBounded
    }

    private static func check(
        _ pipeline: EventPipeline, _ feeders: [(FloodSink, FeederQueue)], _ emitted: UInt64
    ) -> Bool {
        let stages = EventStage.all(
            plugins: [("bench", [("seen", emitted), ("delivered", emitted)])], pipeline: pipeline.account(),
            feeders: feeders.map { ($0.name, $1.account(), $0.numbers) })
        var isExact = true
        for stage in stages {
            let reasons = stage.dropped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            print(
                "  \(stage.kind.rawValue) \(stage.name): \(stage.taken) taken, \(stage.delivered) delivered, "
                    + "\(stage.waiting) waiting, dropped: \(reasons.isEmpty ? "none" : reasons.joined(separator: ", "))"
            )
            isExact = isExact && stage.unaccounted == 0 && stage.waiting == 0
        }
        // Each stage takes what the one before has delivered.
        func stage(_ kind: EventStage.Kind, _ name: String = "") -> EventStage? {
            stages.first { $0.kind == kind && $0.name == name }
        }
        guard let decode = stage(.decode), let attribution = stage(.attribution), let messages = stage(.messages) else {
            return false
        }
        isExact = isExact && decode.taken == emitted && attribution.taken == decode.delivered
        for (sink, _) in feeders {
            isExact =
                isExact && stage(.queue, sink.name)?.taken == attribution.delivered + messages.delivered
                && stage(.queue, sink.name)?.delivered == stage(.feeder, sink.name)?.taken
        }
        return isExact
    }
}

/// A feeder that behaves badly, and counts what it did.
private final class FloodSink: RecordSink {
    enum Behaviour {
        case takesAll
        case takesHalf
        case stalls
        case fails
    }

    struct Failure: Error {}

    let name: String
    let kinds: Set<EventRecord.Kind> = [.alert, .log, .message]
    let behaviour: Behaviour
    private let delivered = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)
    private let gate = DispatchSemaphore(value: 0)

    init(_ name: String, _ behaviour: Behaviour) {
        self.name = name
        self.behaviour = behaviour
    }

    func release() { gate.signal() }

    var numbers: EventStage.Numbers {
        [("delivered", delivered.load(ordering: .relaxed)), ("dropped.refused", refused.load(ordering: .relaxed))]
    }

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int {
        switch behaviour {
        case .takesAll: break
        case .takesHalf:
            refused.add(UInt64(count - count / 2), ordering: .relaxed)
            delivered.add(UInt64(count / 2), ordering: .relaxed)
            return count / 2
        case .stalls: gate.wait()
        case .fails: throw Failure()
        }
        delivered.add(UInt64(count), ordering: .relaxed)
        return count
    }

    func flush(deadlineMilliseconds: Int32) {}
}

/// A line of /proc/self/status.
func kilobytes(_ key: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("\(key):") else { continue }
        return text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
    return 0
}
