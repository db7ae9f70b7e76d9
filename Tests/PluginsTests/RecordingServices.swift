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
}
