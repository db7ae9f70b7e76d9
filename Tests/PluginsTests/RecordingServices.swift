// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Plugins
import Synchronization

/// Services that remember what plugins said.
final class RecordingServices: PluginServices {
    let lines = Mutex<[String]>([])

    func log(plugin: String, level: UInt32, text: String) {
        lines.withLock { $0.append("\(plugin): \(text)") }
    }

    func emit(plugin: String, events: UnsafePointer<kubearmor_event>, count: Int) {
        let operation = events.pointee.operation
        lines.withLock { $0.append("\(plugin): \(count) events, operation \(operation)") }
    }

    func metric(plugin: String, name: String, value: Int64) {}
    func setting(plugin: String, key: String) -> String? { nil }

    func upsert(source: String, workload: ReportedWorkload) -> Int32 {
        let labels = workload.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        lines.withLock { $0.append("\(source): +\(workload.id) \(workload.name) \(workload.initPID) \(labels)") }
        return 0
    }

    func remove(source: String, workload id: String) -> Int32 {
        lines.withLock { $0.append("\(source): -\(id)") }
        return 0
    }

    func synced(source: String) { lines.withLock { $0.append("\(source): synced") } }
}
