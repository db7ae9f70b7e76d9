// SPDX-License-Identifier: Apache-2.0
public import PluginABI

/// Records in the shape of plugin.h, all texts in one block of memory.
public struct RecordBatch: ~Copyable {
    private let texts: UnsafeMutablePointer<UInt8>
    private let pairs: UnsafeMutablePointer<kubearmor_pair>
    private let tags: UnsafeMutablePointer<kubearmor_string>
    private let records: UnsafeMutablePointer<kubearmor_record>
    private let count: Int
    private var textEnd = 0
    private var pairEnd = 0
    private var tagEnd = 0

    /// Copies everything that the records hold.
    public init(_ source: some Collection<EventRecord>) {
        var textBytes = 0
        var pairCount = 0
        var tagCount = 0
        for record in source {
            textBytes += record.textBytes
            pairCount += record.eventData.count
            tagCount += record.tags.count
        }
        count = source.count
        texts = .allocate(capacity: max(textBytes, 1))
        pairs = .allocate(capacity: max(pairCount, 1))
        tags = .allocate(capacity: max(tagCount, 1))
        records = .allocate(capacity: max(count, 1))
        var at = 0
        for record in source {
            var raw = kubearmor_record()
            put(record, into: &raw)
            (records + at).initialize(to: raw)
            at += 1
        }
    }

    deinit {
        texts.deallocate()
        pairs.deallocate()
        tags.deallocate()
        records.deallocate()
    }

    /// Lends the records; the pointer and all in it are valid until `body` returns.
    public borrowing func withRecords<Result>(
        _ body: (UnsafePointer<kubearmor_record>, Int) throws -> Result
    ) rethrows -> Result {
        try body(UnsafePointer(records), count)
    }

    private mutating func put(_ text: String) -> kubearmor_string {
        var text = text
        return text.withUTF8 { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return kubearmor_string() }
            let start = texts + textEnd
            let length = ForeignBytes.restore(UnsafeBufferPointer(start: base, count: bytes.count), into: start)
            textEnd += length
            return kubearmor_string(
                data: UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), length: UInt64(length))
        }
    }

    private mutating func put(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.struct_size = UInt32(MemoryLayout<kubearmor_record>.size)
        raw.type = record.kind.rawValue
        raw.timestamp = record.timestamp
        raw.sequence = record.sequence
        raw.host_pid = Int32(bitPattern: record.hostPID)
        raw.host_ppid = Int32(bitPattern: record.hostPPID)
        raw.pid = Int32(bitPattern: record.pid)
        raw.ppid = Int32(bitPattern: record.ppid)
        raw.uid = Int32(bitPattern: record.uid)
        raw.max_alerts_per_sec = record.maxAlertsPerSec
        raw.dropping_alerts_interval = record.droppingAlertsInterval
        putPlace(record, into: &raw)
        putAccess(record, into: &raw)
        putReason(record, into: &raw)
    }

    private mutating func putPlace(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.updated_time = put(record.updatedTime)
        raw.cluster_name = put(record.clusterName)
        raw.host_name = put(record.hostName)
        raw.host_ip = put(record.hostIP)
        raw.node_id = put(record.nodeID)
        raw.namespace_name = put(record.namespaceName)
        raw.pod_name = put(record.podName)
        raw.labels = put(record.labels)
        raw.container_id = put(record.containerID)
        raw.container_name = put(record.containerName)
        raw.container_image = put(record.containerImage)
        raw.kubearmor_version = put(record.kubearmorVersion)
    }

    private mutating func putAccess(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.parent_process_name = put(record.parentProcessName)
        raw.process_name = put(record.processName)
        raw.record_type = put(record.recordType)
        raw.source = put(record.source)
        raw.operation = put(record.operation)
        raw.resource = put(record.resource)
        raw.data = put(record.data)
        raw.result = put(record.result)
        raw.cwd = put(record.cwd)
        raw.tty = put(record.tty)
        raw.exec_id = put(record.execID)
        raw.exec_name = put(record.execName)
        raw.user_name = put(record.userName)
        raw.event_data = UnsafePointer(pairs + pairEnd)
        raw.event_data_count = UInt64(record.eventData.count)
        for pair in record.eventData {
            let raw = kubearmor_pair(
                struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: put(pair.key),
                value: put(pair.value))
            (pairs + pairEnd).initialize(to: raw)
            pairEnd += 1
        }
    }

    private mutating func putReason(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.enforcer = put(record.enforcer)
        raw.action = put(record.action)
        raw.policy_name = put(record.policyName)
        raw.severity = put(record.severity)
        raw.message = put(record.message)
        raw.level = put(record.level)
        raw.tags = put(record.joinedTags)
        raw.atags = UnsafePointer(tags + tagEnd)
        raw.atag_count = UInt64(record.tags.count)
        for tag in record.tags {
            let text = put(tag)
            (tags + tagEnd).initialize(to: text)
            tagEnd += 1
        }
    }
}

extension EventRecord {
    var joinedTags: String { tags.count == 1 ? tags[0] : tags.joined(separator: ",") }

    /// How many bytes ``RecordBatch`` needs for the texts of this record: every tag is there twice, alone and joined.
    fileprivate var textBytes: Int {
        let place =
            updatedTime.utf8.count + clusterName.utf8.count + hostName.utf8.count + hostIP.utf8.count
            + nodeID.utf8.count + namespaceName.utf8.count + podName.utf8.count + labels.utf8.count
            + containerID.utf8.count + containerName.utf8.count + containerImage.utf8.count
            + kubearmorVersion.utf8.count
        let access =
            parentProcessName.utf8.count + processName.utf8.count + recordType.utf8.count + source.utf8.count
            + operation.utf8.count + resource.utf8.count + data.utf8.count + result.utf8.count + cwd.utf8.count
            + tty.utf8.count + execID.utf8.count + execName.utf8.count + userName.utf8.count
        let reason =
            enforcer.utf8.count + action.utf8.count + policyName.utf8.count + severity.utf8.count
            + message.utf8.count + level.utf8.count
        let lists =
            eventData.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
            + tags.reduce(0) { $0 + 2 * $1.utf8.count + 1 }
        return place + access + reason + lists
    }
}
