// SPDX-License-Identifier: Apache-2.0
import Daemon
import Dispatch
import Plugins
import Synchronization

/// Remembers what it was told; stands for a plugin, which needs a kernel.
final class FakeEnforcer: EnforcerControl {
    struct Application {
        let workload: UInt64
        let rules: RuleSetImage
        let generation: UInt64
    }

    struct Refusal: Error, CustomStringConvertible {
        let description = "no space in the table"
    }

    let name = "fake"
    let capabilities: Set<String>
    let refuses = Atomic<Bool>(false)
    let left = Mutex<[UInt64: RuleSetInForce]>([:])
    private let applied = Mutex<[Application]>([])
    private let arrival = DispatchSemaphore(value: 0)

    init(_ capabilities: Set<String> = ["process.path", "file.path", "file.directory", "audit", "posture"]) {
        self.capabilities = capabilities
    }

    var applications: [Application] { applied.withLock { $0 } }

    /// Waits for the next rule set; nil after five seconds.
    func next() -> Application? {
        arrival.wait(timeout: .now() + 5) == .success ? applications.last : nil
    }

    let removed = Mutex<[UInt64]>([])
    let bound = Mutex<[UInt64]>([])
    func remove(workload: UInt64) throws { removed.withLock { $0.append(workload) } }

    func inForce() throws -> [UInt64: RuleSetInForce] { left.withLock { $0 } }

    func apply(workload: UInt64, rules: RuleSetImage, generation: UInt64) throws {
        if refuses.load(ordering: .relaxed) { throw Refusal() }
        applied.withLock {
            $0.append(Application(workload: workload, rules: rules, generation: generation))
        }
        arrival.signal()
    }

    /// What its `examine` says; nil: it has none.
    let answer = Mutex<[RuleHolding]?>(nil)
    let names = Mutex<[String]>([])
    /// How often it was asked about a rule set.
    let examined = Atomic<Int>(0)
    func holdings(of rules: RuleSetImage) throws -> [RuleHolding]? {
        examined.add(1, ordering: .relaxed)
        return answer.withLock { $0 }
    }
    func remarks(workload: UInt64) throws -> [String] { ["process 7 runs since before the rules: restart it"] }
    func bind(workload: UInt64, containerName: String) throws { names.withLock { $0.append(containerName) } }
    func bind(workload: UInt64, cgroup: UInt64) throws { bound.withLock { $0.append(workload) } }
    func poll(timeoutMilliseconds: Int32) throws -> Int { 0 }
    func close(keep: Bool) throws {}
}
