// SPDX-License-Identifier: Apache-2.0

/// What the daemon does with a source: a plugin, or what stands for one in tests.
///
/// ``stop()`` is called while ``run()`` is under way; otherwise one call at a time.
public protocol SourceControl: AnyObject, Sendable {
    /// The plugin's name, `containerd`.
    var name: String { get }

    /// Reports to the daemon's services until ``stop()`` is called.
    func run() throws

    /// Has ``run()`` return.
    func stop() throws

    /// Whether its runtime waits before it starts a container.
    var canPrepare: Bool { get }

    /// Tells the runtime that waits whether the container's rule set is in force: 0, or a negative errno. Throws when
    /// it waits no longer.
    func prepare(_ id: String, status: Int32) throws

    /// What it has counted since it was opened. Any thread may ask, also while the others are under way.
    func statistics() throws -> [(name: String, value: UInt64)]

    func close() throws
}

extension SourceControl {
    public var canPrepare: Bool { false }

    public func prepare(_ id: String, status: Int32) throws {}

    public func statistics() throws -> [(name: String, value: UInt64)] { [] }
}
