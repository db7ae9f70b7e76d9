// SPDX-License-Identifier: Apache-2.0
import PluginABI

extension EventRecord {
    /// Copies the record out of its batch.
    init(_ raw: kubearmor_record) {
        self.init(kind: Kind(rawValue: raw.type) ?? .log)
        sequence = raw.sequence
        timestamp = raw.timestamp
        updatedTime = raw.updated_time.text
        hostPID = UInt32(bitPattern: raw.host_pid)
        hostPPID = UInt32(bitPattern: raw.host_ppid)
        pid = UInt32(bitPattern: raw.pid)
        ppid = UInt32(bitPattern: raw.ppid)
        uid = UInt32(bitPattern: raw.uid)
        maxAlertsPerSec = raw.max_alerts_per_sec
        droppingAlertsInterval = raw.dropping_alerts_interval
        takePlace(raw)
        takeAccess(raw)
        takeReason(raw)
    }

    private mutating func takePlace(_ raw: kubearmor_record) {
        clusterName = raw.cluster_name.text
        hostName = raw.host_name.text
        hostIP = raw.host_ip.text
        nodeID = raw.node_id.text
        namespaceName = raw.namespace_name.text
        podName = raw.pod_name.text
        labels = raw.labels.text
        containerID = raw.container_id.text
        containerName = raw.container_name.text
        containerImage = raw.container_image.text
        kubearmorVersion = raw.kubearmor_version.text
    }

    private mutating func takeAccess(_ raw: kubearmor_record) {
        userName = raw.user_name.text
        parentProcessName = raw.parent_process_name.text
        processName = raw.process_name.text
        cwd = raw.cwd.text
        tty = raw.tty.text
        execID = raw.exec_id.text
        execName = raw.exec_name.text
        recordType = raw.record_type.text
        source = raw.source.text
        operation = raw.operation.text
        resource = raw.resource.text
        data = raw.data.text
        result = raw.result.text
        eventData = UnsafeBufferPointer(start: raw.event_data, count: Int(raw.event_data_count)).map {
            Pair($0.key.text, $0.value.text)
        }
    }

    private mutating func takeReason(_ raw: kubearmor_record) {
        enforcer = raw.enforcer.text
        action = raw.action.text
        policyName = raw.policy_name.text
        severity = raw.severity.text
        tags = UnsafeBufferPointer(start: raw.atags, count: Int(raw.atag_count)).map(\.text)
        message = raw.message.text
        level = raw.level.text
    }
}

extension RecordArena {
    /// Adds a record that is there as a value.
    func add(_ record: EventRecord) {
        let raw = add(record.kind)
        raw.pointee.sequence = record.sequence
        raw.pointee.timestamp = record.timestamp
        raw.pointee.host_pid = Int32(bitPattern: record.hostPID)
        raw.pointee.host_ppid = Int32(bitPattern: record.hostPPID)
        raw.pointee.pid = Int32(bitPattern: record.pid)
        raw.pointee.ppid = Int32(bitPattern: record.ppid)
        raw.pointee.uid = Int32(bitPattern: record.uid)
        raw.pointee.max_alerts_per_sec = record.maxAlertsPerSec
        raw.pointee.dropping_alerts_interval = record.droppingAlertsInterval
        putPlace(record, into: &raw.pointee)
        putAccess(record, into: &raw.pointee)
        putReason(record, into: &raw.pointee)
    }

    private func putPlace(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.updated_time = copy(record.updatedTime)
        raw.cluster_name = copy(record.clusterName)
        raw.host_name = copy(record.hostName)
        raw.host_ip = copy(record.hostIP)
        raw.node_id = copy(record.nodeID)
        raw.namespace_name = copy(record.namespaceName)
        raw.pod_name = copy(record.podName)
        raw.labels = copy(record.labels)
        raw.container_id = copy(record.containerID)
        raw.container_name = copy(record.containerName)
        raw.container_image = copy(record.containerImage)
        raw.kubearmor_version = copy(record.kubearmorVersion)
    }

    private func putAccess(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.parent_process_name = copy(record.parentProcessName)
        raw.process_name = copy(record.processName)
        raw.record_type = copy(record.recordType)
        raw.source = copy(record.source)
        raw.operation = copy(record.operation)
        raw.resource = copy(record.resource)
        raw.data = copy(record.data)
        raw.result = copy(record.result)
        raw.cwd = copy(record.cwd)
        raw.tty = copy(record.tty)
        raw.exec_id = copy(record.execID)
        raw.exec_name = copy(record.execName)
        raw.user_name = copy(record.userName)
        let pairs = record.eventData.map { kubearmor_pair(key: copy($0.key), value: copy($0.value)) }
        pairs.withUnsafeBufferPointer { set($0, in: &raw) }
    }

    private func putReason(_ record: EventRecord, into raw: inout kubearmor_record) {
        raw.enforcer = copy(record.enforcer)
        raw.action = copy(record.action)
        raw.policy_name = copy(record.policyName)
        raw.severity = copy(record.severity)
        raw.message = copy(record.message)
        raw.level = copy(record.level)
        raw.tags = copy(record.tags.joined(separator: ","))
        guard !record.tags.isEmpty else { return }
        raw.atags = copy(tags: record.tags)
        raw.atag_count = UInt64(record.tags.count)
    }
}

extension kubearmor_pair {
    init(key: kubearmor_string, value: kubearmor_string) {
        self.init(struct_size: UInt32(MemoryLayout<kubearmor_pair>.size), reserved: 0, key: key, value: value)
    }
}
