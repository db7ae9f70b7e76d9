// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI

/// What a source says of one container, copied out of the contract's struct; nothing of it is believed yet.
public struct ReportedWorkload: Sendable, Hashable {
    public var id = ""
    public var name = ""
    public var namespace = ""
    public var pod = ""
    public var image = ""
    public var runtime = ""
    public var root = ""
    /// cgroup v2 id; 0 unknown.
    public var cgroup: UInt64 = 0
    /// 0 unknown.
    public var initPID: UInt32 = 0
    /// 1 created, 2 running, 3 paused, 4 stopped.
    public var state: UInt32 = 0
    public var labels: [String: String] = [:]
    /// The runtime holds it, and is told that it may go on by ``SourcePlugin/prepare(_:status:milliseconds:)``.
    public var isWaiting = false

    public init() {}

    /// Longer texts, and more labels, are no container's: a source that sends them would fill the daemon's memory.
    private static let textLimit: UInt64 = 65_536
    private static let labelLimit: UInt64 = 1024

    /// Copies the struct, as far as its writer's size reaches. Nil for one that breaks the contract. The pointer is
    /// used during the call only.
    init?(_ pointer: UnsafePointer<kubearmor_workload>?) {
        guard let pointer else { return nil }
        let raw = UnsafeRawPointer(pointer)
        let size = Int(raw.loadUnaligned(as: UInt32.self))
        guard size >= 8 else { return nil }
        var foreign = kubearmor_workload()
        withUnsafeMutableBytes(of: &foreign) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: min(size, bytes.count)))
        }
        guard let id = Self.text(foreign.id), Self.isIdentifier(id), let name = Self.text(foreign.name),
            let namespace = Self.text(foreign.namespace_), let pod = Self.text(foreign.pod),
            let image = Self.text(foreign.image), let runtime = Self.text(foreign.runtime),
            let root = Self.text(foreign.root), let labels = Self.labels(foreign)
        else { return nil }
        (self.id, self.name, self.namespace, self.pod) = (id, name, namespace, pod)
        (self.image, self.runtime, self.root, self.labels) = (image, runtime, root, labels)
        (cgroup, initPID, state) = (foreign.cgroup, foreign.init_pid, foreign.state)
        isWaiting = foreign.flags & KUBEARMOR_WORKLOAD_WAITS != 0
    }

    /// What may stand as a container's id, also in a log line.
    static func isIdentifier(_ id: String) -> Bool {
        (1...255).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private static func text(_ string: kubearmor_string) -> String? {
        guard string.length <= textLimit else { return nil }
        guard string.length > 0 else { return "" }
        guard let data = string.data else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(string.length)), as: UTF8.self)
    }

    private static func labels(_ workload: kubearmor_workload) -> [String: String]? {
        guard workload.label_count > 0 else { return [:] }
        guard workload.label_count <= labelLimit, let first = workload.labels else { return nil }
        let start = UnsafeRawPointer(first)
        let stride = Int(start.loadUnaligned(as: UInt32.self))
        guard stride >= MemoryLayout<kubearmor_pair>.size, stride <= 4096 else { return nil }
        var labels: [String: String] = [:]
        for index in 0..<Int(workload.label_count) {
            let pair = (start + index * stride).loadUnaligned(as: kubearmor_pair.self)
            guard let key = text(pair.key), let value = text(pair.value) else { return nil }
            labels[key] = value
        }
        return labels
    }
}
