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

    func close() throws
}
