// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

/// An alert, a log or a message with KubeArmor's fields. A view: its texts are valid until the entry that got it
/// returns. An empty text is an absent field.
public struct Record {
    /// A copy of the struct; what its texts point to is the daemon's.
    private let fields: kubearmor_record

    init(_ fields: kubearmor_record) {
        self.fields = fields
    }

    /// What a record is.
    public enum Kind: Sendable, Hashable {
        case alert, log, message
    }

    /// Nil for a kind that this release does not know.
    public var kind: Kind? {
        switch fields.type {
        case KUBEARMOR_RECORD_ALERT: .alert
        case KUBEARMOR_RECORD_LOG: .log
        case KUBEARMOR_RECORD_MESSAGE: .message
        default: nil
        }
    }

    /// Seconds since 1970, UTC.
    public var timestamp: Int64 { fields.timestamp }
    /// Process ids in the first pid namespace.
    public var hostPID: Int32 { fields.host_pid }
    public var hostPPID: Int32 { fields.host_ppid }
    /// Process ids in the process's own pid namespace.
    public var pid: Int32 { fields.pid }
    public var ppid: Int32 { fields.ppid }
    public var uid: Int32 { fields.uid }
    /// Alerts a second above which a workload is throttled; set in notices of throttling.
    public var maxAlertsPerSecond: Int32 { fields.max_alerts_per_sec }
    /// Seconds for which a throttled workload's alerts are dropped.
    public var droppingAlertsInterval: Int32 { fields.dropping_alerts_interval }

    /// UTC, as `2006-01-02T15:04:05.000000Z`.
    public var updatedTime: Text { Text(fields.updated_time) }
    public var clusterName: Text { Text(fields.cluster_name) }
    public var hostName: Text { Text(fields.host_name) }
    /// Addresses of this host; messages have them.
    public var hostIP: Text { Text(fields.host_ip) }
    public var nodeID: Text { Text(fields.node_id) }
    public var namespaceName: Text { Text(fields.namespace_name) }
    /// Kind of the pod's owner.
    public var ownerRef: Text { Text(fields.owner_ref) }
    public var ownerName: Text { Text(fields.owner_name) }
    public var ownerNamespace: Text { Text(fields.owner_namespace) }
    public var podName: Text { Text(fields.pod_name) }
    /// `k=v,k=v`, sorted by key.
    public var labels: Text { Text(fields.labels) }
    public var containerID: Text { Text(fields.container_id) }
    public var containerName: Text { Text(fields.container_name) }
    public var containerImage: Text { Text(fields.container_image) }
    /// Executable of the parent.
    public var parentProcessName: Text { Text(fields.parent_process_name) }
    /// Executable of the process.
    public var processName: Text { Text(fields.process_name) }
    public var policyName: Text { Text(fields.policy_name) }
    public var severity: Text { Text(fields.severity) }
    /// Joined by commas.
    public var tags: Text { Text(fields.tags) }
    public var message: Text { Text(fields.message) }
    /// The field `Type`, such as `MatchedHostPolicy`.
    public var recordType: Text { Text(fields.record_type) }
    public var source: Text { Text(fields.source) }
    public var operation: Text { Text(fields.operation) }
    public var resource: Text { Text(fields.resource) }
    public var data: Text { Text(fields.data) }
    public var enforcer: Text { Text(fields.enforcer) }
    public var action: Text { Text(fields.action) }
    public var result: Text { Text(fields.result) }
    public var cwd: Text { Text(fields.cwd) }
    public var tty: Text { Text(fields.tty) }
    public var execID: Text { Text(fields.exec_id) }
    public var execName: Text { Text(fields.exec_name) }
    public var userName: Text { Text(fields.user_name) }
    public var kubeArmorVersion: Text { Text(fields.kubearmor_version) }
    public var processHash: Text { Text(fields.process_hash) }
    public var parentHash: Text { Text(fields.parent_hash) }
    public var resourceHash: Text { Text(fields.resource_hash) }
    public var hashAlgorithm: Text { Text(fields.hash_algo) }
    /// Of a message: `ERROR`, `INFO` and so on.
    public var level: Text { Text(fields.level) }
    /// One number a record, ascending from 1.
    public var sequence: UInt64 { fields.sequence }

    /// The tags one by one.
    public func forEachTag(_ body: (Text) -> Void) {
        guard let tags = fields.atags, let count = Int(exactly: fields.atag_count) else { return }
        // The daemon's array of `atag_count` strings; strings have no struct_size.
        for tag in UnsafeBufferPointer(start: tags, count: count) {
            body(Text(tag))
        }
    }

    /// The pairs of `EventData`, in the daemon's order.
    public func forEachEventDatum(_ body: (_ key: Text, _ value: Text) -> Void) {
        guard let pairs = fields.event_data, let count = Int(exactly: fields.event_data_count), count > 0
        else { return }
        // The daemon's array, whose stride is the first pair's struct_size.
        let start = UnsafeRawPointer(pairs)
        let stride = Int(sizeOf(start))
        guard stride >= leastStructSize else { return }
        for index in 0..<count {
            let pair = copy(start + index * stride, size: stride, zero: kubearmor_pair())
            body(Text(pair.key), Text(pair.value))
        }
    }
}
