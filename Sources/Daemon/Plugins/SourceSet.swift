// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Events
import Glibc
public import Logging
import Synchronization

/// The sources that are open, each on a thread of its own: one that fails is run again after a while, one that hangs
/// holds up nothing.
public final class SourceSet: Sendable {
    /// One source and its thread.
    private final class Runner: Sendable {
        let source: any SourceControl
        let isStopping = Atomic<Bool>(false)
        let isClosing = Atomic<Bool>(false)
        let paused = DispatchSemaphore(value: 0)
        let finished = DispatchSemaphore(value: 0)

        init(_ source: any SourceControl) { self.source = source }
    }

    /// How long a source that gave up is left alone, at first and at most.
    private static let pauses: ClosedRange<UInt64> = 500...10_000
    /// What plugin.h allows `stop`, and a little.
    private static let stopMilliseconds = 2_500

    private let runners: [Runner]
    private let reports: SourceReports
    private let logger: Logger

    public init(_ sources: [any SourceControl], reports: SourceReports, logger: Logger) {
        runners = sources.map(Runner.init)
        self.reports = reports
        self.logger = logger
        for source in sources where source.canPrepare {
            reports.connect(source.name) { [logger] id, answer in
                do {
                    try source.prepare(id, status: answer.failure == nil ? 0 : -EPERM)
                    return true
                } catch {
                    logger.debug("source \(source.name): container \(id): \(error)")
                    return false
                }
            }
        }
    }

    public var names: [String] { runners.map(\.source.name) }

    /// Their numbers; none of one that cannot tell.
    func statistics() -> [(name: String, numbers: EventStage.Numbers)] {
        runners.map { ($0.source.name, (try? $0.source.statistics()) ?? []) }
    }

    /// Starts the threads; called once.
    public func start() throws {
        for runner in runners {
            try DedicatedThread.start(name: "source-\(runner.source.name)") { self.run(runner) }
        }
    }

    /// Ends them. One that does not return in time is left behind. Called once, after ``start()``.
    public func stop() {
        for runner in runners {
            runner.isStopping.store(true, ordering: .releasing)
            runner.paused.signal()
            // On a thread of its own: it may hang as well.
            DedicatedThread.startOrRun(name: "source-stop") { self.end(runner) }
        }
        let deadline = DispatchTime.now() + .milliseconds(Self.stopMilliseconds)
        for runner in runners where runner.finished.wait(timeout: deadline) == .timedOut {
            logger.error("source \(runner.source.name) does not stop: it is left behind")
        }
    }

    private func end(_ runner: Runner) {
        do {
            try runner.source.stop()
        } catch {
            // One that had given up is closed without being stopped.
            if runner.isClosing.load(ordering: .acquiring) { return }
            logger.error("source \(runner.source.name) cannot stop: \(error)")
        }
    }

    private func run(_ runner: Runner) {
        let source = runner.source
        var pause = Self.pauses.lowerBound
        var lastError = ""
        while !runner.isStopping.load(ordering: .acquiring) {
            let start = kubearmor_boottime_ns()
            reports.post(source.name, .began)
            var text = "source \(source.name) ended by itself"
            do { try source.run() } catch { text = "\(error)" }
            reports.post(source.name, .ended)
            if runner.isStopping.load(ordering: .acquiring) { break }
            // One that ran for a while is taken up again quickly.
            if kubearmor_boottime_ns() &- start > Self.pauses.upperBound * 1_000_000 {
                (pause, lastError) = (Self.pauses.lowerBound, "")
            }
            if text != lastError {
                logger.error("\(text): what source \(source.name) reported stays, it is asked again")
            }
            lastError = text
            _ = runner.paused.wait(timeout: .now() + .milliseconds(Int(pause)))
            pause = min(pause * 2, Self.pauses.upperBound)
        }
        runner.isClosing.store(true, ordering: .releasing)
        do {
            try source.close()
        } catch {
            logger.error("source \(source.name) cannot close: \(error)")
        }
        runner.finished.signal()
    }
}
