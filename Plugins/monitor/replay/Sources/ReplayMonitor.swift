// SPDX-License-Identifier: Apache-2.0
internal import EventRecording
internal import Glibc
internal import PluginABI
internal import PluginKit
internal import Synchronization

/// Reports what a recording tells, as a monitor that had seen it now: the file of the setting `replayFile`, in time
/// (`replaySpeed` 1), so many times as fast, or as fast as it goes (0).
///
/// It begins when the daemon first asks for a workload, which it does when policies are in force. What an enforcer has
/// decided then is reported as something that was seen: the rules of today judge it.
final class ReplayMonitor: MonitorImplementation {
    private struct State: ~Copyable {
        var file: RecordingFile
        var watched: [UInt64: UInt32] = [:]
        /// The event that is not due yet.
        var held: RecordedEvent?
        /// When the first event was played, and its time in the recording.
        var start: (now: UInt64, recorded: UInt64)?
        var isDone = false
        var seen: UInt64 = 0
        var delivered: UInt64 = 0
        var unwatched: UInt64 = 0
    }

    /// Events of one poll, so that the daemon can stop in between.
    private static let batchSize = 4096

    private let host: Host
    private let path: String
    private let speed: UInt64
    private let state: Mutex<State>

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        let path = host.setting("replayFile") ?? ""
        guard !path.isEmpty else {
            return ProbeResult(usable: false, reason: "replayFile is empty: there is nothing to play back")
        }
        do {
            var file = try RecordingFile(path)
            _ = try file.next()
            return ProbeResult(usable: true, mode: "replay", capabilities: ["observe.exec", "observe.open"])
        } catch {
            return ProbeResult(usable: false, reason: error.message)
        }
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        path = host.setting("replayFile") ?? ""
        speed = UInt64(host.setting("replaySpeed") ?? "") ?? 1
        state = Mutex(State(file: try RecordingFile(path)))
    }

    func watch(workload: UInt64, classes: UInt32) throws(PluginFailure) {
        state.withLock { $0.watched[workload] = classes == 0 ? nil : classes }
    }

    /// The recording says whose an event is.
    func bind(workload: UInt64, to binding: WorkloadBinding) throws(PluginFailure) {}

    func unbind(_ binding: WorkloadBinding) throws(PluginFailure) {}

    func poll(timeoutMilliseconds: Int32) throws(PluginFailure) -> Int {
        let deadline = host.now() + UInt64(max(0, timeoutMilliseconds)) * 1_000_000
        var count = 0
        while count < Self.batchSize {
            switch try turn() {
            case .played: count += 1
            case .passedOver: break
            case .wait(let nanoseconds):
                if count > 0 { return count }
                let now = host.now()
                guard now < deadline else { return 0 }
                pause(min(nanoseconds, deadline - now))
            }
        }
        return count
    }

    private enum Turn {
        case played
        /// Nobody watches its workload for its class.
        case passedOver
        /// The next event is due in so many nanoseconds.
        case wait(UInt64)
    }

    private static let forEver = UInt64.max

    /// Plays the next event when it is due.
    private func turn() throws(PluginFailure) -> Turn {
        try state.withLock { (state) throws(PluginFailure) -> Turn in
            guard !state.watched.isEmpty, !state.isDone else { return .wait(Self.forEver) }
            if state.held == nil { state.held = try state.file.next() }
            guard let event = state.held else {
                state.isDone = true
                host.log(.info, "\(path): played to its end, \(state.delivered) of \(state.seen) events reported")
                return .wait(Self.forEver)
            }
            let due = dueTime(of: event, &state)
            let now = host.now()
            if due > now { return .wait(due - now) }
            state.held = nil
            state.seen += 1
            return play(event, at: speed == 0 ? now : due, &state)
        }
    }

    private func dueTime(of event: RecordedEvent, _ state: inout State) -> UInt64 {
        guard speed > 0 else { return 0 }
        let recorded = event.withEvent { $0.time_ns }
        let start = state.start ?? (host.now(), recorded)
        state.start = start
        return start.now + (recorded > start.recorded ? (recorded - start.recorded) / speed : 0)
    }

    private func play(_ event: RecordedEvent, at time: UInt64, _ state: inout State) -> Turn {
        event.withEvent { recorded in
            var event = recorded
            let classes = state.watched[event.workload] ?? 0
            guard event.class_ < 32, classes & 1 << UInt32(event.class_) != 0,
                event.operation != UInt16(KUBEARMOR_OPERATION_THROTTLE)
            else {
                state.unwatched += 1
                return .passedOver
            }
            event.time_ns = time
            // A decision of then is none of today's; what it refused has not happened.
            if event.action == KUBEARMOR_ACTION_BLOCK, event.result >= 0 { event.result = -EACCES }
            event.rule = KUBEARMOR_RULE_ID_NONE
            event.action = KUBEARMOR_ACTION_NONE
            event.generation = 0
            host.emit(event)
            state.delivered += 1
            return .played
        }
    }

    private func pause(_ nanoseconds: UInt64) {
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        // A signal ends it early: the next turn looks at the clock again.
        nanosleep(&time, nil)
    }

    func statistics() -> [Statistic] {
        state.withLock { state in
            [
                Statistic(name: "seen", value: state.seen), Statistic(name: "delivered", value: state.delivered),
                Statistic(name: "unwatched", value: state.unwatched),
            ]
        }
    }

    func close() throws(PluginFailure) {}
}
