// SPDX-License-Identifier: Apache-2.0
import Dispatch
import PluginKit
import Synchronization
import Testing

@Suite("What feeders that send have in common")
struct OutboxTests {
    private func numbers(_ outbox: Outbox<Int>) -> [String: UInt64] {
        Dictionary(uniqueKeysWithValues: outbox.statistics.map { ($0.name, $0.value) })
    }

    @Test("What finds no room is dropped and counted; the rest comes out in order")
    func bounded() {
        let outbox = Outbox<Int>(capacityBytes: 740, reasons: ["refused"])
        #expect((0..<15).map { outbox.offer($0, size: 10) } == (0..<15).map { $0 < 10 })
        #expect(outbox.take(count: 3) == [0, 1, 2])
        #expect(outbox.take(count: 100, bytes: 160) == [3, 4])
        #expect(outbox.take(count: 100, bytes: 5) == [5])
        #expect(outbox.waiting == 10)
        outbox.settle(delivered: 4, dropped: 2, reason: "refused")
        #expect(
            numbers(outbox) == [
                "accepted": 10, "delivered": 4, "waiting": 4, "dropped.queue_full": 5, "dropped.stopped": 0,
                "dropped.refused": 2,
            ])
        outbox.abandon()
        #expect(numbers(outbox)["dropped.stopped"] == 4)
        #expect(numbers(outbox)["waiting"] == 0)
    }

    @Test("Order is kept over many rounds")
    func order() {
        let outbox = Outbox<Int>(capacityBytes: .max / 2, reasons: [])
        var next = 0
        var taken: [Int] = []
        for round in 0..<200 {
            for _ in 0..<(round % 7 + 1) {
                _ = outbox.offer(next, size: 1)
                next += 1
            }
            taken += outbox.take(count: round % 5)
        }
        taken += outbox.take(count: .max)
        #expect(taken == Array(0..<next))
    }

    @Test("drain waits for the last to be settled, and no longer than it may")
    func drains() {
        let outbox = Outbox<Int>(capacityBytes: 100, reasons: [])
        #expect(outbox.drain(milliseconds: 0))
        _ = outbox.offer(1, size: 1)
        #expect(!outbox.drain(milliseconds: 10))
        DispatchQueue.global().async {
            let taken = outbox.take(count: 1)
            outbox.settle(delivered: taken.count)
        }
        #expect(outbox.drain(milliseconds: 10_000))
        #expect(outbox.drain(milliseconds: 0))
    }

    @Test("Room is waited for while what is sent is taken, and not otherwise")
    func waitsForRoom() {
        let outbox = Outbox<Int>(capacityBytes: 80, reasons: [])
        let woken = Atomic<Int>(0)
        _ = outbox.offer(1, size: 10)
        #expect(!outbox.offer(2, size: 10, until: .now + .seconds(60)) { woken.wrappingAdd(1, ordering: .relaxed) })
        #expect(woken.load(ordering: .relaxed) == 0)
        outbox.flows(true)
        let taken = outbox.offer(3, size: 10, until: .now + .seconds(60)) {
            DispatchQueue.global().async { _ = outbox.take(count: 1) }
        }
        #expect(taken)
        #expect(!outbox.offer(4, size: 10, until: .now + .milliseconds(20)))
        #expect(!outbox.offer(5, size: 10, until: .now + .seconds(60)) { outbox.flows(false) })
        #expect(numbers(outbox)["dropped.queue_full"] == 3)
    }

    @Test("Waits become longer up to a limit, and short again")
    func backOff() {
        var backOff = BackOff(firstMilliseconds: 100, limitMilliseconds: 1000)
        #expect((0..<6).map { _ in backOff.advance() } == [100, 200, 400, 800, 1000, 1000])
        backOff.reset()
        #expect(backOff.advance() == 100)
    }

    @Test("A worker is woken, ends when it is told, and names what is ready")
    func worker() throws {
        let worker = try Worker()
        let rounds = Atomic<Int>(0)
        let turned = DispatchSemaphore(value: 0)
        try worker.start(name: "test") {
            while !worker.isStopping {
                #expect(!worker.wait(milliseconds: -1))
                rounds.wrappingAdd(1, ordering: .relaxed)
                turned.signal()
            }
        }
        worker.wake()
        turned.wait()
        worker.stop()
        #expect(worker.isStopping)
        #expect(rounds.load(ordering: .relaxed) >= 1)
    }
}
