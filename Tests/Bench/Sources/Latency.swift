// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
import PluginABI
import Synchronization

/// How long an alert takes from the plugin that reports it to the feeder that gets it, at a steady rate.
enum Latency {
    private static let limitNanoseconds: UInt64 = 5_000_000

    /// - Parameter rate: alerts a second, each reported by itself as enforcers do
    static func run(rate: Int, seconds length: Int) -> Bool {
        let mix = EventMix(count: 8192)
        let pipeline = EventMix.pipeline()
        let sink = LatencySink(count: rate * length)
        let queue = FeederQueue(sink: sink, capacity: 65536) { print("bench: \($0)") }
        guard (try? queue.start()) != nil else { return false }
        pipeline.add(queue)
        let start = boottime()
        for index in 0..<rate * length {
            let due = start + UInt64(index) * 1_000_000_000 / UInt64(rate)
            var now = boottime()
            while now < due {
                var pause = timespec(tv_sec: 0, tv_nsec: Int(due - now))
                nanosleep(&pause, nil)
                now = boottime()
            }
            var event = mix.decisions[index % mix.decisions.count]
            event.time_ns = now
            // What the sink knows it by: the record has the time in microseconds only.
            event.session = now
            pipeline.accept(&event, count: 1, from: "bpflsm")
        }
        queue.close(deadlineMilliseconds: 10_000)
        let sorted = sink.latencies.withLock { $0.sorted() }
        guard sorted.count == rate * length else {
            print("bench: \(sorted.count) of \(rate * length) alerts arrived")
            return false
        }
        func at(_ part: Double) -> UInt64 { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] / 1000 }
        let isMet = at(0.99) * 1000 <= limitNanoseconds
        print(
            "latency at \(rate) alerts/s, plugin to feeder: p50 \(at(0.5)) us, p99 \(at(0.99)) us, "
                + "p99.9 \(at(0.999)) us, most \(at(1)) us")
        print("bar: p99 at most 5000 us: \(isMet ? "met" : "MISSED")")
        return isMet
    }
}

private final class LatencySink: RecordSink {
    let name = "latency"
    let kinds: Set<EventRecord.Kind> = [.alert]
    let latencies: Mutex<[UInt64]>

    init(count: Int) {
        var room: [UInt64] = []
        room.reserveCapacity(count)
        latencies = Mutex(room)
    }

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) -> Int {
        let now = boottime()
        latencies.withLock { latencies in
            for index in 0..<count {
                let text = records[index].exec_id
                let digits = UnsafeBufferPointer(start: text.data, count: Int(text.length))
                let sent = digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
                latencies.append(now - sent)
            }
        }
        return count
    }

    func flush(deadlineMilliseconds: Int32) {}
}
