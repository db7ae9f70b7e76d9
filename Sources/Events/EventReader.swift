// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// The events that a plugin hands over, whatever version of plugin.h it was compiled with.
public struct EventReader {
    private let base: UnsafeRawPointer
    private let stride: Int
    public let count: Int

    /// - Parameters:
    ///   - events: the first event; its `struct_size` is the distance to the next
    ///   - count: how many there are
    /// - Returns: nil when the first event's size cannot be one
    public init?(_ events: UnsafePointer<kubearmor_event>, count: Int) {
        let size = Int(events.pointee.struct_size)
        guard count >= 0, size >= Self.leastSize, size % 8 == 0 else { return nil }
        base = UnsafeRawPointer(events)
        stride = size
        self.count = count
    }

    /// An event without `comm` and what follows it is no event of any version.
    private static let leastSize = 96

    /// The event at `index`, members that the plugin does not know zero; its texts are the plugin's memory.
    public subscript(index: Int) -> kubearmor_event {
        precondition(index >= 0 && index < count, "no such event")
        var event = kubearmor_event()
        withUnsafeMutableBytes(of: &event) { bytes in
            let source = UnsafeRawBufferPointer(start: base + index * stride, count: min(stride, bytes.count))
            bytes.copyMemory(from: source)
        }
        return event
    }
}
