// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// Encodes records as the messages of kubearmor.proto, each once for all who watch.
struct RecordEncoder {
    /// Kept from record to record, so that only the copy that is handed out is allocated.
    private var writer = WireWriter()

    mutating func encode(_ record: Record, as kind: Record.Kind) -> [UInt8] {
        writer.removeAll()
        switch kind {
        case .alert: appendAlert(record)
        case .log: appendLog(record)
        case .message: appendMessage(record)
        }
        return writer.bytes.exactCopy
    }

    /// Fields 1 to 12 of alerts and logs.
    private mutating func appendOrigin(_ record: Record) {
        writer.number(1, record.timestamp)
        writer.text(2, record.updatedTime)
        writer.text(3, record.clusterName)
        writer.text(4, record.hostName)
        writer.text(5, record.namespaceName)
        writer.text(6, record.podName)
        writer.text(7, record.containerID)
        writer.text(8, record.containerName)
        writer.number(9, record.hostPID)
        writer.number(10, record.ppid)
        writer.number(11, record.pid)
        writer.number(12, record.uid)
    }

    private mutating func appendAlert(_ record: Record) {
        appendOrigin(record)
        writer.text(13, record.policyName)
        writer.text(14, record.severity)
        writer.text(15, record.tags)
        writer.text(16, record.message)
        writer.text(17, record.recordType)
        writer.text(18, record.source)
        writer.text(19, record.operation)
        writer.text(20, record.resource)
        writer.text(21, record.data)
        writer.text(22, record.action)
        writer.text(23, record.result)
        writer.text(24, record.containerImage)
        writer.text(25, record.parentProcessName)
        writer.text(26, record.processName)
        writer.number(27, record.hostPPID)
        writer.text(28, record.enforcer)
        writer.text(29, record.labels)
        record.forEachTag { writer.text(30, $0) }
        appendOwner(31, record)
        writer.text(32, record.cwd)
        writer.text(33, record.tty)
        writer.number(34, record.maxAlertsPerSecond)
        writer.number(35, record.droppingAlertsInterval)
        appendExecEvent(36, record)
        writer.text(37, record.kubeArmorVersion)
        appendEnd(38, record)
    }

    private mutating func appendLog(_ record: Record) {
        appendOrigin(record)
        writer.text(13, record.recordType)
        writer.text(14, record.source)
        writer.text(15, record.operation)
        writer.text(16, record.resource)
        writer.text(17, record.data)
        writer.text(18, record.result)
        writer.text(19, record.containerImage)
        writer.text(20, record.parentProcessName)
        writer.text(21, record.processName)
        writer.number(22, record.hostPPID)
        writer.text(23, record.labels)
        appendOwner(24, record)
        writer.text(25, record.cwd)
        writer.text(26, record.tty)
        appendExecEvent(27, record)
        appendEnd(28, record)
    }

    private mutating func appendMessage(_ record: Record) {
        writer.number(1, record.timestamp)
        writer.text(2, record.updatedTime)
        writer.text(3, record.clusterName)
        writer.text(4, record.hostName)
        writer.text(5, record.hostIP)
        writer.text(6, record.recordType)
        writer.text(7, record.level)
        writer.text(8, record.message)
    }

    private mutating func appendOwner(_ field: Int, _ record: Record) {
        guard !(record.ownerRef.isEmpty && record.ownerName.isEmpty && record.ownerNamespace.isEmpty) else { return }
        writer.message(field) { owner in
            owner.text(1, record.ownerRef)
            owner.text(2, record.ownerName)
            owner.text(3, record.ownerNamespace)
        }
    }

    private mutating func appendExecEvent(_ field: Int, _ record: Record) {
        guard !(record.execID.isEmpty && record.execName.isEmpty) else { return }
        writer.message(field) { event in
            event.text(1, record.execID)
            event.text(2, record.execName)
        }
    }

    /// The last seven fields of alerts and logs, whose first is the node's id.
    private mutating func appendEnd(_ first: Int, _ record: Record) {
        writer.text(first, record.nodeID)
        writer.text(first + 1, record.processHash)
        writer.text(first + 2, record.parentHash)
        writer.text(first + 3, record.resourceHash)
        writer.text(first + 4, record.hashAlgorithm)
        record.forEachEventDatum { key, value in
            writer.message(first + 5) { entry in
                entry.text(1, key)
                entry.text(2, value)
            }
        }
        writer.text(first + 6, record.userName)
    }
}
