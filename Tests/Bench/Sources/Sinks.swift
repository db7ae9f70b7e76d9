// SPDX-License-Identifier: Apache-2.0
import CLinux
import Events
import Glibc
import PluginABI
import PluginKit
import Synchronization

/// Takes everything and does nothing with it.
final class NullSink: RecordSink {
    let name = "null"
    let kinds: Set<EventRecord.Kind> = [.alert, .log, .message]

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) -> Int { count }
    func flush(deadlineMilliseconds: Int32) {}
}

/// Writes lines of JSON as the feeder `file` does: encoded by PluginKit, one write(2) a batch.
///
/// Unchecked: only the queue's thread publishes.
final class JSONSink: RecordSink, @unchecked Sendable {
    let name = "json"
    let kinds: Set<EventRecord.Kind> = [.alert, .log, .message]
    let bytes = Atomic<Int>(0)
    private let descriptor: Int32
    private var encoder = LineEncoder()
    /// The file begins anew when it has so many bytes: a tmpfs is memory.
    private static let limit = 64 << 20
    /// O_TMPFILE, which Swift cannot import: __O_TMPFILE | O_DIRECTORY.
    private static let nameless: Int32 = 0o20_000_000 | O_DIRECTORY

    /// The file has no name: nothing is left behind, however the process ends.
    init?(folder: String) {
        descriptor = kubearmor_open(folder, O_RDWR | Self.nameless, 0o600)
        if descriptor < 0 { return nil }
    }

    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int {
        encoder.start()
        for record in try PluginKit.RecordBatch(records, count: UInt64(count)) { encoder.append(record) }
        let length = encoder.bytes.count
        guard write(descriptor, encoder.bytes, length) == length else { return 0 }
        if bytes.add(length, ordering: .relaxed).newValue % Self.limit < length {
            ftruncate(descriptor, 0)
            lseek(descriptor, 0, SEEK_SET)
        }
        return count
    }

    func flush(deadlineMilliseconds: Int32) {}
}
