// SPDX-License-Identifier: Apache-2.0

/// Encodes records as lines of JSON with the field names of KubeArmor's protobuf: empty fields are left out, except
/// `PPID` and `UID`, which alerts and logs always have.
public struct LineEncoder {
    /// The encoded lines. Kept from batch to batch, so that encoding allocates only while it grows.
    public private(set) var bytes: [UInt8] = []
    /// Where each line ends, behind its newline.
    public private(set) var lineEnds: [Int] = []
    private var isFirstField = true

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
        switch record.kind {
        case .alert: append(record, isAlert: true)
        case .log: append(record, isAlert: false)
        case .message: appendMessage(record)
        case nil: return false
        }
        return true
    }

    private mutating func appendMessage(_ record: Record) {
        bytes.append(UInt8(ascii: "{"))
        isFirstField = true
        field("Timestamp", record.timestamp)
        field("UpdatedTime", record.updatedTime)
        field("ClusterName", record.clusterName)
        field("HostName", record.hostName)
        field("HostIP", record.hostIP)
        field("Type", record.recordType)
        field("Level", record.level)
        field("Message", record.message)
        bytes.append("}\n")
        lineEnds.append(bytes.count)
    }

    private mutating func append(_ record: Record, isAlert: Bool) {
        bytes.append(UInt8(ascii: "{"))
        isFirstField = true
        appendOrigin(of: record)
        appendProcess(of: record)
        if isAlert {
            appendPolicy(of: record)
        }
        appendEvent(of: record)
        if isAlert {
            field("Enforcer", record.enforcer)
            field("Action", record.action)
        }
        appendOutcome(of: record)
        if isAlert {
            field("KubeArmorVersion", record.kubeArmorVersion)
            field("MaxAlertsPerSec", Int64(record.maxAlertsPerSecond))
            field("DroppingAlertsInterval", Int64(record.droppingAlertsInterval))
        }
        bytes.append("}\n")
        lineEnds.append(bytes.count)
    }

    private mutating func appendOrigin(of record: Record) {
        field("Timestamp", record.timestamp)
        field("UpdatedTime", record.updatedTime)
        field("ClusterName", record.clusterName)
        field("HostName", record.hostName)
        field("NamespaceName", record.namespaceName)
        if !(record.ownerRef.isEmpty && record.ownerName.isEmpty && record.ownerNamespace.isEmpty) {
            openObject("Owner")
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

    private mutating func appendProcess(of record: Record) {
        field("HostPPID", Int64(record.hostPPID))
        field("HostPID", Int64(record.hostPID))
        field("PPID", Int64(record.ppid), always: true)
        field("PID", Int64(record.pid))
        field("UID", Int64(record.uid), always: true)
        field("ParentProcessName", record.parentProcessName)
        field("ProcessName", record.processName)
    }

    private mutating func appendPolicy(of record: Record) {
        field("PolicyName", record.policyName)
        field("Severity", record.severity)
        field("Tags", record.tags)
        appendTags(of: record)
        field("Message", record.message)
    }

    private mutating func appendTags(of record: Record) {
        var isFirst = true
        record.forEachTag { tag in
            if isFirst {
                key("ATags")
                bytes.append("[")
            } else {
                bytes.append(",")
            }
            isFirst = false
            tag.withSpan { bytes.appendJSON($0) }
        }
        if !isFirst {
            bytes.append("]")
        }
    }

    private mutating func appendEvent(of record: Record) {
        field("Type", record.recordType)
        field("Source", record.source)
        field("Operation", record.operation)
        field("Resource", record.resource)
        field("Data", record.data)
        var isFirst = true
        record.forEachEventDatum { name, value in
            if isFirst {
                openObject("EventData")
            }
            isFirst = false
            separate()
            name.withSpan { bytes.appendJSON($0) }
            bytes.append(":")
            value.withSpan { bytes.appendJSON($0) }
        }
        if !isFirst {
            closeObject()
        }
    }

    private mutating func appendOutcome(of record: Record) {
        field("Result", record.result)
        field("Cwd", record.cwd)
        field("TTY", record.tty)
        if !(record.execID.isEmpty && record.execName.isEmpty) {
            openObject("ExecEvent")
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

    private mutating func separate() {
        if !isFirstField {
            bytes.append(",")
        }
        isFirstField = false
    }

    private mutating func key(_ name: StaticString) {
        separate()
        bytes.append("\"")
        bytes.append(name)
        bytes.append("\":")
    }

    private mutating func field(_ name: StaticString, _ text: Text) {
        guard !text.isEmpty else { return }
        key(name)
        text.withSpan { bytes.appendJSON($0) }
    }

    private mutating func field(_ name: StaticString, _ number: Int64, always: Bool = false) {
        guard always || number != 0 else { return }
        key(name)
        bytes.appendDecimal(number)
    }

    private mutating func openObject(_ name: StaticString) {
        key(name)
        bytes.append("{")
        isFirstField = true
    }

    private mutating func closeObject() {
        bytes.append("}")
        isFirstField = false
    }
}
