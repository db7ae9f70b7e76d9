// SPDX-License-Identifier: Apache-2.0
import JSON
public import PluginABI

/// Makes the bytes of a recording.
public struct RecordingWriter {
    /// What was made since ``take()``.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Gives the bytes away.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// What a recording begins with.
    ///
    /// - Parameter bootOffset: nanoseconds from CLOCK_BOOTTIME to UTC
    public mutating func begin(host: String, bootOffset: UInt64) {
        let text = JSONValue.object([("host", .string(host)), ("boot_offset", .string(String(bootOffset)))]).text
        bytes += RecordingFormat.magic
        put(RecordingFormat.version)
        put(text.utf8)
    }

    public mutating func add(_ workload: RecordedWorkload) {
        frame(.workload) { $0.bytes += workload.json.utf8 }
    }

    public mutating func addDropped(_ count: UInt64) {
        frame(.dropped) { $0.put(count) }
    }

    public mutating func end() { frame(.end) { _ in } }

    /// False for an event that is too large.
    ///
    /// - Parameter event: what it points to is read during the call only
    @discardableResult
    public mutating func add(_ event: kubearmor_event, from plugin: String) -> Bool {
        let start = bytes.count
        frame(.event) { writer in
            withUnsafeBytes(of: event) { writer.bytes += $0.prefix(RecordingFormat.fixedBytes) }
            writer.put(event.session)
            for text in [
                event.comm, event.process, event.parent, event.resource, event.target, event.arguments, event.cwd,
                event.tty, event.hook,
            ] {
                writer.put(text)
            }
            writer.put(plugin.utf8)
            writer.putValues(of: event)
        }
        guard bytes.count - start - 4 <= RecordingFormat.frameLimit else {
            bytes.removeSubrange(start...)
            return false
        }
        return true
    }

    /// The plugin's array, whose stride is the first pair's struct_size.
    private mutating func putValues(of event: kubearmor_event) {
        guard let values = event.values, event.value_count > 0, event.value_count < 4096 else { return put(UInt32(0)) }
        let start = UnsafeRawPointer(values)
        let stride = Int(values.pointee.struct_size)
        guard stride >= MemoryLayout<kubearmor_pair>.size else { return put(UInt32(0)) }
        put(UInt32(event.value_count))
        for index in 0..<Int(event.value_count) {
            let pair = (start + index * stride).loadUnaligned(as: kubearmor_pair.self)
            put(pair.key)
            put(pair.value)
        }
    }

    private mutating func frame(_ type: RecordingFormat.Frame, _ payload: (inout RecordingWriter) -> Void) {
        let start = bytes.count
        put(UInt32(0))
        bytes.append(type.rawValue)
        payload(&self)
        let size = UInt32(bytes.count - start - 4)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: size >> (8 * UInt32(index))) }
    }

    private mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    private mutating func put(_ text: String.UTF8View) {
        put(UInt32(text.count))
        bytes += text
    }

    private mutating func put(_ text: kubearmor_string) {
        guard let data = text.data, let length = UInt32(exactly: text.length) else { return put(UInt32(0)) }
        put(length)
        bytes += UnsafeRawBufferPointer(start: UnsafeRawPointer(data), count: Int(length))
    }
}
