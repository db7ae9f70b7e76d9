// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// What one conversation has told the daemon: nothing is told twice, and what is no more is taken back.
public final class ToldContainers: Sendable {
    private let host: Host
    private let told = Mutex<[String: ReportedContainer]>([:])

    /// Nothing is told yet.
    public init(host: Host) { self.host = host }

    /// How many there are.
    public var count: Int { told.withLock { $0.count } }

    /// What was told of one last.
    public subscript(id: String) -> ReportedContainer? { told.withLock { $0[id] } }

    /// Tells of a container, unless there is nothing new about it.
    public func upsert(_ container: ReportedContainer) throws(PluginFailure) {
        guard told.withLock({ $0[container.id] != container }) else { return }
        guard host.upsert(container) else { throw Self.busy }
        told.withLock { $0[container.id] = container }
    }

    /// Takes one back.
    public func remove(_ id: String) throws(PluginFailure) {
        guard told.withLock({ $0[id] != nil }) else { return }
        guard host.remove(container: id) else { throw Self.busy }
        told.withLock { $0[id] = nil }
    }

    /// Takes back all but these.
    public func keep(_ ids: Set<String>) throws(PluginFailure) {
        for id in told.withLock({ Set($0.keys) }).subtracting(ids) { try remove(id) }
    }

    private static let busy = PluginFailure(
        code: EAGAIN, message: "the daemon has no room for more reports: everything is told again")
}
