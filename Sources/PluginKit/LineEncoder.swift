// SPDX-License-Identifier: Apache-2.0

/// Encodes records as lines of JSON with the field names of KubeArmor's protobuf: empty fields are left out, except
/// `PPID` and `UID`, which alerts and logs always have.
public struct LineEncoder {
    /// The encoded lines. Kept from batch to batch, so that encoding allocates only while it grows.
    public private(set) var bytes: [UInt8] = []
    /// Where each line ends, behind its newline.
    public private(set) var lineEnds: [Int] = []

    /// Nothing is encoded yet.
    public init() {}

    /// Starts a new batch with the rest of a line that was written in part; may be empty.
    public mutating func start(with remainder: [UInt8] = []) {
        bytes.removeAll(keepingCapacity: true)
        lineEnds.removeAll(keepingCapacity: true)
        guard !remainder.isEmpty else { return }
        bytes += remainder
        lineEnds.append(bytes.count)
    }

    /// Appends one line. A log has no fields of policies, a message has few fields at all. False for a record of a kind
    /// that this release does not know: nothing is appended.
    @discardableResult
    public mutating func append(_ record: Record) -> Bool {
        guard let kind = record.kind else { return false }
        bytes.appendJSON(room: record.longestLine) { start in
            var line = JSONLine(start)
            line.openObject()
            switch kind {
            case .alert: line.put(record, isAlert: true)
            case .log: line.put(record, isAlert: false)
            case .message: line.putMessage(record)
            }
            line.closeObject()
            line.put(UInt8(ascii: "\n"))
            return line.end
        }
        lineEnds.append(bytes.count)
        return true
    }
}

extension JSONLine {
    fileprivate mutating func putMessage(_ record: Record) {
        field("Timestamp", record.timestamp)
        field("UpdatedTime", record.updatedTime)
        field("ClusterName", record.clusterName)
        field("HostName", record.hostName)
        field("HostIP", record.hostIP)
        field("Type", record.recordType)
        field("Level", record.level)
        field("Message", record.message)
    }

    fileprivate mutating func put(_ record: Record, isAlert: Bool) {
        putOrigin(of: record)
        putProcess(of: record)
        if isAlert {
            putPolicy(of: record)
        }
        putEvent(of: record)
        if isAlert {
            field("Enforcer", record.enforcer)
            field("Action", record.action)
        }
        putOutcome(of: record)
        if isAlert {
            field("KubeArmorVersion", record.kubeArmorVersion)
            field("MaxAlertsPerSec", Int64(record.maxAlertsPerSecond))
            field("DroppingAlertsInterval", Int64(record.droppingAlertsInterval))
        }
    }

    private mutating func putOrigin(of record: Record) {
        field("Timestamp", record.timestamp)
        field("UpdatedTime", record.updatedTime)
        field("ClusterName", record.clusterName)
        field("HostName", record.hostName)
        field("NamespaceName", record.namespaceName)
        if !(record.ownerRef.isEmpty && record.ownerName.isEmpty && record.ownerNamespace.isEmpty) {
            key("Owner")
            openObject()
            field("Ref", record.ownerRef)
            field("Name", record.ownerName)
            field("Namespace", record.ownerNamespace)
            closeObject()
        }
        field("PodName", record.podName)
        field("Labels", record.labels)
        field("ContainerID", record.containerID)
        field("ContainerName", record.containerName)
        field("ContainerImage", record.containerImage)
    }

    private mutating func putProcess(of record: Record) {
        field("HostPPID", Int64(record.hostPPID))
        field("HostPID", Int64(record.hostPID))
        field("PPID", Int64(record.ppid), always: true)
        field("PID", Int64(record.pid))
        field("UID", Int64(record.uid), always: true)
        field("ParentProcessName", record.parentProcessName)
        field("ProcessName", record.processName)
    }

    private mutating func putPolicy(of record: Record) {
        field("PolicyName", record.policyName)
        field("Severity", record.severity)
        field("Tags", record.tags)
        putTags(of: record)
        field("Message", record.message)
    }

    private mutating func putTags(of record: Record) {
        var isFirst = true
        record.forEachTag { tag in
            if isFirst {
                key("ATags")
                put(UInt8(ascii: "["))
            } else {
                put(UInt8(ascii: ","))
            }
            isFirst = false
            put(tag)
        }
        if !isFirst {
            put(UInt8(ascii: "]"))
        }
    }

    private mutating func putEvent(of record: Record) {
        field("Type", record.recordType)
        field("Source", record.source)
        field("Operation", record.operation)
        field("Resource", record.resource)
        field("Data", record.data)
        var isFirst = true
        record.forEachEventDatum { name, value in
            if isFirst {
                key("EventData")
                openObject()
            }
            isFirst = false
            separate()
            put(name)
            put(UInt8(ascii: ":"))
            put(value)
        }
        if !isFirst {
            closeObject()
        }
    }

    private mutating func putOutcome(of record: Record) {
        field("Result", record.result)
        field("Cwd", record.cwd)
        field("TTY", record.tty)
        if !(record.execID.isEmpty && record.execName.isEmpty) {
            key("ExecEvent")
            openObject()
            field("ExecID", record.execID)
            field("ExecutableName", record.execName)
            closeObject()
        }
        field("NodeID", record.nodeID)
        field("UserName", record.userName)
        field("ProcessHash", record.processHash)
        field("ParentHash", record.parentHash)
        field("ResourceHash", record.resourceHash)
        field("HashAlgo", record.hashAlgorithm)
    }
}
