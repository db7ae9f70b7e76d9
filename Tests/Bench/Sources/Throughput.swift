// SPDX-License-Identifier: Apache-2.0
import Events
import Glibc
import PluginABI
import Synchronization

/// Events a second that one core decodes, attributes and hands to a feeder; `make bench` binds it to one (taskset).
enum Throughput {
    /// What the monitor hands over at once, and how many decisions come meanwhile.
    private static let observations = 56
    private static let decisions = 8
    private static let batchSize = observations + decisions
    /// Records that wait at most; beyond, the events of the bench wait, so that none is dropped.
    private static let waiting: UInt64 = 4096

    static func run(_ events: Int) -> Bool {
        let mix = EventMix(count: 8192)
        guard let json = JSONSink(folder: "/dev/shm") else {
            print("bench: /dev/shm is no tmpfs that takes files")
            return false
        }
        // Once to fault in what is needed, once to measure.
        _ = measure(mix, events / 10, NullSink())
        let null = measure(mix, events, NullSink())
        _ = measure(mix, events / 10, json)
        let before = json.bytes.load(ordering: .relaxed)
        let lines = measure(mix, events, json)
        let bytes = json.bytes.load(ordering: .relaxed) - before
        print(row("null feeder", null))
        print(row("JSON to tmpfs", lines))
        print("JSON takes \(ratio(lines.cpu, null.cpu)) times the null feeder's time, \(bytes / events) bytes an event")
        let isMet = lines.rate >= 300_000
        print("bar: 300000 events/s with JSON, one core: \(isMet ? "met" : "MISSED")")
        return isMet
    }

    private struct Outcome {
        var events: Int
        /// Seconds of processor time, of all threads.
        var cpu: Double
        var wall: Double
        var rate: Double { Double(events) / cpu }
    }

    private static func measure(_ mix: EventMix, _ events: Int, _ sink: any RecordSink) -> Outcome {
        let pipeline = EventMix.pipeline()
        let queue = FeederQueue(sink: sink, capacity: 1 << 20) { print("bench: \($0)") }
        pipeline.add(queue)
        guard (try? queue.start()) != nil else { return Outcome(events: 0, cpu: 1, wall: 1) }
        let start = (cpu: seconds(CLOCK_PROCESS_CPUTIME_ID), wall: seconds(CLOCK_MONOTONIC))
        var done = 0
        while done < events {
            let batch = done / batchSize
            let observed = batch % (mix.observations.count / observations) * observations
            mix.observations.withUnsafeBufferPointer { events in
                guard let base = events.baseAddress else { return }
                pipeline.accept(base + observed, count: observations, from: "ebpf")
            }
            // The enforcer tells of each decision by itself.
            for index in 0..<decisions {
                withUnsafePointer(to: mix.decisions[(batch * decisions + index) % mix.decisions.count]) {
                    pipeline.accept($0, count: 1, from: "bpflsm")
                }
            }
            done += batchSize
            while queue.account().waiting > waiting { sched_yield() }
        }
        queue.close(deadlineMilliseconds: 60_000)
        let account = queue.account()
        if account.delivered != UInt64(done) { print("bench: \(account.delivered) of \(done) records arrived") }
        return Outcome(
            events: done, cpu: seconds(CLOCK_PROCESS_CPUTIME_ID) - start.cpu,
            wall: seconds(CLOCK_MONOTONIC) - start.wall)
    }

    private static func row(_ name: String, _ outcome: Outcome) -> String {
        let nanoseconds = Int(outcome.cpu * 1e9 / Double(outcome.events))
        let wall = Int(Double(outcome.events) / outcome.wall)
        let rate = Int(outcome.rate)
        return "\(name): \(rate) events/s of processor time (\(nanoseconds) ns each), \(wall)/s of wall time"
    }

    private static func ratio(_ one: Double, _ other: Double) -> String {
        let hundredths = Int(one / other * 100)
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
    }
}

/// CLOCK_BOOTTIME in nanoseconds.
func boottime() -> UInt64 { UInt64(seconds(CLOCK_BOOTTIME) * 1e9) }

func seconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
