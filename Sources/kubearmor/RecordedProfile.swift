// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import EventRecording
import EventViews
import Events
import Glibc
import PluginABI
import Policy

/// What a file tells that workloads did: alerts and logs, or a recording of raw events.
struct RecordedProfile {
    private var profile = Profile()
    private var workloads: [UInt64: WorkloadIdentity] = [:]

    /// - Parameters:
    ///   - filter: for alerts and logs; nil for all
    ///   - unreadable: with what the command ends when it cannot be read
    static func read(
        _ path: String, filter: EventFilter? = nil, unreadable: ExitCode = ExitCode(1)
    ) throws -> Profile {
        var recorded = RecordedProfile()
        if path != "-", isRecording(path) {
            if filter?.isSelective ?? false {
                StandardError.write("kubearmor: \(path) is a recording of raw events, which no filter is for")
                throw ExitCode(2)
            }
            try recorded.readRecording(path)
        } else {
            _ = try EventInput(file: path, unreadable: unreadable).read { lines in
                for line in lines where filter?.shows(line) ?? true {
                    if let observation = Observation(line) { recorded.profile.add(observation) }
                }
                return true
            }
        }
        return recorded.profile
    }

    private static func isRecording(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8)
        return Glibc.read(descriptor, &bytes, bytes.count) == bytes.count && RecordingReader.begins(bytes)
    }

    private mutating func readRecording(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var reader = RecordingReader()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var (dropped, isWhole) = (0 as UInt64, false)
        do {
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                reader.add(buffer[..<count])
                while let item = try reader.next() {
                    switch item {
                    case .workload(let workload): workloads[workload.key] = WorkloadIdentity(workload)
                    case .event(let event): add(event)
                    case .dropped(let count): dropped += count
                    case .end: isWhole = true
                    }
                }
            }
        } catch {
            StandardError.write("kubearmor: \(path): \(error)")
            throw ExitCode(1)
        }
        if dropped > 0 { StandardError.write("\(dropped) events are missing in \(path)") }
        if !isWhole { StandardError.write("\(path) is not whole: the recording was cut off") }
    }

    private mutating func add(_ event: RecordedEvent) {
        event.withEvent { event in
            guard let workload = workloads[event.workload], let use = ObservedUse(event) else { return }
            profile.add(
                Observation(
                    workload: workload, operation: use.operation, process: use.process, resource: use.resource,
                    result: use.result, subject: use.subject, accesses: use.accesses, isRefused: use.isRefused))
        }
    }
}

extension WorkloadIdentity {
    fileprivate init(_ workload: RecordedWorkload) {
        self.init(
            isHost: workload.isHost, name: workload.name, namespace: workload.namespace,
            containerName: workload.containerName, labels: workload.labels)
    }
}
