// SPDX-License-Identifier: Apache-2.0
import EventRecording
import Glibc
import Logging
import Policy
import Workloads

/// The containers of the recording that the monitor replay plays back: known here, so that policies select them and
/// what they did is theirs. They have no tasks.
enum ReplayedContainers {
    /// More are left out: a recording of so many is none of one node.
    private static let limit = 4096

    /// None without the setting `replayFile`, or when it cannot be read, of which the monitor's probe tells.
    static func read(_ configuration: Configuration, logger: Logger) -> [Workload] {
        let path = configuration.replayFile
        guard !path.isEmpty, configuration.monitors?.contains("replay") ?? true else { return [] }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var reader = RecordingReader()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var found: [UInt64: Workload] = [:]
        do {
            while found.count < limit {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                reader.add(buffer[..<count])
                while let item = try reader.next() {
                    if case .workload(let workload) = item, !workload.isHost, !workload.containerID.isEmpty {
                        found[workload.key] = Workload(recorded: workload)
                    }
                }
            }
        } catch {
            logger.warning("\(path): \(error)")
        }
        return found.values.sorted { $0.key < $1.key }
    }
}

extension Workload {
    fileprivate init(recorded workload: RecordedWorkload) {
        self.init(
            key: workload.key,
            identity: WorkloadIdentity(
                isHost: false, name: workload.name, namespace: workload.namespace,
                containerName: workload.containerName, labels: workload.labels),
            containerID: workload.containerID, containerImage: workload.image)
    }
}
