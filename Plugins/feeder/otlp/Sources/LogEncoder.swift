// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import PluginKit

/// Encodes records as log records of OTLP in JSON, with the names of OpenTelemetry's conventions where it has one.
struct LogEncoder {
    private var bytes: [UInt8] = []
    private var isFirst = true

    /// Nil for a record of a kind that this release does not know.
    mutating func encode(_ record: Record, observed: UInt64) -> [UInt8]? {
        guard let kind = record.kind else { return nil }
        bytes.removeAll(keepingCapacity: true)
        bytes.append("{\"timeUnixNano\":\"")
        bytes.appendDecimal(Self.time(of: record))
        bytes.append("\",\"observedTimeUnixNano\":\"")
        bytes.appendDecimal(Int64(clamping: observed))
        bytes.append("\",\"severityNumber\":")
        bytes.appendDecimal(Self.severity(of: record, kind))
        bytes.append(",\"severityText\":")
        append(kind == .message ? record.level : record.severity)
        switch kind {
        case .alert: bytes.append(",\"eventName\":\"kubearmor.alert\"")
        case .log: bytes.append(",\"eventName\":\"kubearmor.log\"")
        case .message: bytes.append(",\"eventName\":\"kubearmor.message\"")
        }
        bytes.append(",\"body\":{\"stringValue\":")
        append(record.message.isEmpty ? record.resource : record.message)
        bytes.append("},\"attributes\":[")
        isFirst = true
        if kind != .message { appendFacts(of: record, isAlert: kind == .alert) }
        bytes.append("]}")
        return bytes.exactCopy
    }

    /// The resource whose records these are: the node.
    static func resource(of record: Record) -> [UInt8] {
        var encoder = LogEncoder()
        encoder.bytes.append("{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"kubearmor\"}}")
        encoder.isFirst = false
        encoder.attribute("host.name", record.hostName)
        encoder.attribute("host.id", record.nodeID)
        encoder.attribute("k8s.cluster.name", record.clusterName)
        encoder.bytes.append("]}")
        return encoder.bytes
    }

    /// Seconds of the timestamp, with the fraction that the text has: `2006-01-02T15:04:05.000000Z`.
    private static func time(of record: Record) -> Int64 {
        let fraction: Int64 = record.updatedTime.withSpan { text in
            guard text.count == 27, text[19] == UInt8(ascii: ".") else { return 0 }
            var value: Int64 = 0
            for index in 20..<26 {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else { return 0 }
                value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
            }
            return value * 1000
        }
        // 0 is no time: beyond the year 2262 there is none in this form.
        guard (0..<9_223_372_036).contains(record.timestamp) else { return 0 }
        return record.timestamp * 1_000_000_000 + fraction
    }

    /// A policy's severity of 8 to 10 is ERROR3, 5 to 7 ERROR, less WARN; logs are INFO.
    private static func severity(of record: Record, _ kind: Record.Kind) -> Int64 {
        switch kind {
        case .log: return 9
        case .alert:
            switch Int(record.severity.string) ?? 0 {
            case 8...: return 19
            case 5...7: return 17
            default: return 13
            }
        case .message:
            switch record.level.string {
            case "ERROR": return 17
            case "WARN", "WARNING": return 13
            case "DEBUG": return 5
            default: return 9
            }
        }
    }

    private mutating func appendFacts(of record: Record, isAlert: Bool) {
        attribute("k8s.namespace.name", record.namespaceName)
        attribute("k8s.pod.name", record.podName)
        attribute("container.id", record.containerID)
        attribute("container.name", record.containerName)
        attribute("container.image.name", record.containerImage)
        attribute("process.pid", Int64(record.hostPID))
        attribute("process.parent_pid", Int64(record.hostPPID))
        attribute("process.executable.path", record.processName)
        attribute("process.working_directory", record.cwd)
        attribute("user.name", record.userName)
        attribute("kubearmor.uid", Int64(record.uid), always: true)
        attribute("kubearmor.parent.executable.path", record.parentProcessName)
        attribute("kubearmor.tty", record.tty)
        attribute("kubearmor.owner.kind", record.ownerRef)
        attribute("kubearmor.owner.name", record.ownerName)
        attribute("kubearmor.labels", record.labels)
        attribute("kubearmor.type", record.recordType)
        attribute("kubearmor.operation", record.operation)
        attribute("kubearmor.source", record.source)
        attribute("kubearmor.resource", record.resource)
        attribute("kubearmor.data", record.data)
        attribute("kubearmor.result", record.result)
        attribute("kubearmor.exec.id", record.execID)
        guard isAlert else { return }
        attribute("kubearmor.policy.name", record.policyName)
        attribute("kubearmor.severity", record.severity)
        attribute("kubearmor.action", record.action)
        attribute("kubearmor.enforcer", record.enforcer)
        attribute("kubearmor.tags", record.tags)
    }

    private mutating func begin(_ key: StaticString) {
        if !isFirst { bytes.append(",") }
        isFirst = false
        bytes.append("{\"key\":\"")
        bytes.append(key)
        bytes.append("\",\"value\":{")
    }

    private mutating func attribute(_ key: StaticString, _ text: Text) {
        guard !text.isEmpty else { return }
        begin(key)
        bytes.append("\"stringValue\":")
        append(text)
        bytes.append("}}")
    }

    /// Numbers of 64 bits are texts in the JSON of protobuf.
    private mutating func attribute(_ key: StaticString, _ number: Int64, always: Bool = false) {
        guard always || number != 0 else { return }
        begin(key)
        bytes.append("\"intValue\":\"")
        bytes.appendDecimal(number)
        bytes.append("\"}}")
    }

    private mutating func append(_ text: Text) { text.withSpan { bytes.appendJSON($0) } }
}
