// SPDX-License-Identifier: Apache-2.0
import Events
import Logging
import Synchronization

/// The monitors that are open, told what to report.
final class MonitorSet: Sendable {
    private let monitors: [any MonitorControl]
    private let logger: Logger
    /// What was asked for last, by workload; also what keeps calls into one monitor apart.
    private let watched = Mutex<[UInt64: Watch]>([:])

    private struct Watch: Equatable {
        var classes: UInt32
        var syscalls: [String]
    }

    init(_ monitors: [any MonitorControl], logger: Logger) {
        self.monitors = monitors
        self.logger = logger
    }

    var names: [String] { monitors.map(\.name) }

    func bind(workload: UInt64, cgroup: UInt64) {
        watched.withLock { _ in
            each("watch workload \(workload)") { try $0.bind(workload: workload, cgroup: cgroup) }
        }
    }

    /// Forgets a workload.
    func remove(workload: UInt64, cgroup: UInt64) {
        watched.withLock { watched in
            if let watch = watched.removeValue(forKey: workload) {
                if !watch.syscalls.isEmpty {
                    each("stop watching system calls") { try $0.watch(workload: workload, syscalls: []) }
                }
                if watch.classes != 0 {
                    each("stop watching workload \(workload)") { try $0.watch(workload: workload, classes: 0) }
                }
            }
            each("let go of cgroup \(cgroup)") { try $0.unbind(cgroup: cgroup) }
        }
    }

    /// Sets the classes to report of a workload, those that are logged and those that are judged from what monitors
    /// see, and the system calls that rules name; does nothing when they are the same.
    func watch(workload: UInt64, visible: UInt32, judged: UInt32, syscalls: [String]) {
        let watch = Watch(classes: visible | judged, syscalls: syscalls)
        watched.withLock { watched in
            let before = watched[workload]
            guard before != watch else { return }
            watched[workload] = watch
            if monitors.isEmpty, judged != 0 {
                logger.warning("no monitor works here: accesses that rules would audit are not seen")
            }
            if before?.syscalls ?? [] != syscalls {
                each("report other system calls") { try $0.watch(workload: workload, syscalls: syscalls) }
            }
            if before?.classes != watch.classes {
                each("report other classes") { try $0.watch(workload: workload, classes: watch.classes) }
            }
        }
    }

    /// Their numbers; none of one that cannot tell.
    func statistics() -> [(name: String, numbers: EventStage.Numbers)] {
        monitors.map { ($0.name, (try? $0.statistics()) ?? []) }
    }

    /// A thread each.
    func loops() -> [PollLoop] {
        monitors.map { monitor in
            PollLoop(name: monitor.name, logger: logger) { try monitor.poll(timeoutMilliseconds: $0) }
        }
    }

    func close() {
        watched.withLock { _ in each("close") { try $0.close() } }
    }

    private func each(_ what: String, _ call: (any MonitorControl) throws -> Void) {
        for monitor in monitors {
            do {
                try call(monitor)
            } catch {
                logger.error("monitor \(monitor.name) cannot \(what): \(error)")
            }
        }
    }
}
