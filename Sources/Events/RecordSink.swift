// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// Where records go: a feeder plugin, or what stands for one in tests.
public protocol RecordSink: AnyObject, Sendable {
    /// The plugin's name.
    var name: String { get }

    /// What the sink takes; other records are not offered to it.
    var kinds: Set<EventRecord.Kind> { get }

    /// Called on the queue's own thread; may take as long as the sink does.
    ///
    /// - Returns: how many of the records were accepted
    func publish(_ records: UnsafePointer<kubearmor_record>, count: Int) throws -> Int

    /// Writes out what the sink holds.
    func flush(deadlineMilliseconds: Int32) throws
}
