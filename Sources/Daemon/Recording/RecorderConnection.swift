// SPDX-License-Identifier: Apache-2.0
import CLinux
import EventRecording
import Events
import Glibc
import PluginABI
import Policy
import Workloads

/// A program that records: what waits for it, and whom it has been told of.
struct RecorderConnection {
    /// A recorder that is slower for long loses events.
    private static let byteLimit = 16 << 20

    let descriptor: Int32
    private var waiting: [[UInt8]] = []
    /// Bytes of the first piece that are sent.
    private var sent = 0
    private var waitingBytes = 0
    private var known: [UInt64: Workload] = [:]
    private var dropped: UInt64 = 0

    init(_ descriptor: Int32, host: String) {
        self.descriptor = descriptor
        var writer = RecordingWriter()
        let offset = kubearmor_realtime_ns() &- kubearmor_boottime_ns()
        writer.begin(host: host, bootOffset: offset)
        push(writer.take())
    }

    var isIdle: Bool { waiting.isEmpty }

    mutating func take(_ events: EventReader, from plugin: String, _ workloads: WorkloadRegistry.Snapshot) {
        guard waitingBytes < Self.byteLimit else {
            dropped += UInt64(events.count)
            return
        }
        var writer = RecordingWriter()
        for index in 0..<events.count {
            let event = events[index]
            if let workload = workloads[event.workload], known[workload.key] != workload {
                known[workload.key] = workload
                writer.add(RecordedWorkload(workload))
            }
            if !writer.add(event, from: plugin) { dropped += 1 }
        }
        if dropped > 0 { writer.addDropped(dropped) }
        dropped = 0
        push(writer.take())
    }

    private mutating func push(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        waiting.append(bytes)
        waitingBytes += bytes.count
    }

    /// The last piece, behind what waits.
    mutating func end() {
        var writer = RecordingWriter()
        if dropped > 0 { writer.addDropped(dropped) }
        writer.end()
        push(writer.take())
    }

    /// Sends what the socket takes.
    mutating func send() {
        var done = 0
        for piece in waiting {
            let rest = piece.count - sent
            let count = piece[sent...].withUnsafeBytes {
                Int(kubearmor_local_send(descriptor, $0.baseAddress, $0.count))
            }
            guard count > 0 else { break }
            waitingBytes -= count
            sent += count
            guard count == rest else { break }
            (done, sent) = (done + 1, 0)
        }
        waiting.removeFirst(done)
    }
}

extension RecordedWorkload {
    init(_ workload: Workload) {
        self.init(key: workload.key, isHost: workload.identity.isHost, name: workload.identity.name)
        namespace = workload.identity.namespace
        containerName = workload.identity.containerName
        containerID = workload.containerID
        image = workload.containerImage
        labels = workload.identity.labels
        cgroup = workload.details.cgroup
    }
}
