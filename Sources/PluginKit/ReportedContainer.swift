// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// A container as a source knows it; what it does not know stays empty.
public struct ReportedContainer: Sendable, Hashable {
    /// How far its life has come.
    public enum State: UInt32, Sendable, Hashable {
        case created = 1, running, paused, stopped
    }

    /// Unique among living containers; printable ASCII without blanks.
    public var id: String
    public var name = ""
    public var namespace = ""
    public var pod = ""
    /// `name:tag@digest`
    public var image = ""
    public var runtime = ""
    /// Path of its root in the host's mount namespace.
    public var root = ""
    public var initPID: UInt32 = 0
    public var state = State.running
    public var labels: [String: String] = [:]
    /// Its runtime holds it before its first instruction until ``PreparingSource/prepare(_:status:)`` is called.
    public var isWaiting = false

    public init(id: String) { self.id = id }

    /// Lends the struct of the contract, which is valid until `body` returns.
    func withContractForm<Result>(_ body: (UnsafePointer<kubearmor_workload>) -> Result) -> Result {
        let labels = labels.sorted { $0.key < $1.key }
        var texts = [id, name, namespace, pod, image, runtime, root]
        for label in labels { texts += [label.key, label.value] }
        // One buffer for all of them: it may not move while the struct is lent.
        let bytes = texts.flatMap { Array($0.utf8) }
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            let strings = texts.map { text in
                defer { offset += text.utf8.count }
                return kubearmor_string(
                    data: buffer.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) },
                    length: UInt64(text.utf8.count))
            }
            let pairs = labels.indices.map { index in
                var pair = kubearmor_pair()
                pair.struct_size = UInt32(MemoryLayout<kubearmor_pair>.size)
                (pair.key, pair.value) = (strings[7 + 2 * index], strings[8 + 2 * index])
                return pair
            }
            return pairs.withUnsafeBufferPointer { pairs in
                var workload = kubearmor_workload()
                workload.struct_size = UInt32(MemoryLayout<kubearmor_workload>.size)
                workload.flags = isWaiting ? KUBEARMOR_WORKLOAD_WAITS : 0
                (workload.id, workload.name, workload.namespace_) = (strings[0], strings[1], strings[2])
                (workload.pod, workload.image, workload.runtime) = (strings[3], strings[4], strings[5])
                workload.root = strings[6]
                (workload.init_pid, workload.state) = (initPID, state.rawValue)
                (workload.labels, workload.label_count) = (pairs.baseAddress, UInt64(pairs.count))
                return body(&workload)
            }
        }
    }
}

extension Host {
    /// Tells of a container, or of what is new about it. Returns at once; false when the daemon cannot take it now: the
    /// source tells of everything again later.
    public func upsert(_ container: ReportedContainer) -> Bool {
        container.withContractForm { workload in
            (services.workload_upsert?(services.context, workload) ?? 0) >= 0
        }
    }

    /// Says that a container is no more, as ``upsert(_:)``.
    public func remove(container id: String) -> Bool {
        id.withCString { (services.workload_remove?(services.context, $0) ?? 0) >= 0 }
    }

    /// Says that everything was told that there was when `run` began. Containers of before that were not told of again
    /// are no more. A source that loses its runtime returns from `run` and says it again in the next one.
    public func synced() { services.synced?(services.context) }
}
