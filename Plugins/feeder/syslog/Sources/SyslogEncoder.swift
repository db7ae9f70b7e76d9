// SPDX-License-Identifier: Apache-2.0
internal import PluginKit

/// One message of RFC 5424.
struct SyslogMessage: Sendable {
    let bytes: [UInt8]
    /// The message is whole up to here, without the JSON: for a transport that takes no more.
    let shortLength: Int
}

/// Encodes records as messages of RFC 5424: what a filter looks for as structured data, the whole record as JSON.
struct SyslogEncoder {
    /// Longer values are cut in the structured data; the JSON has them whole.
    static let valueLimit = 1024
    /// Without a private enterprise number, the one that is reserved for use in texts (RFC 5612).
    private static let dataID: StaticString = "kubearmor@32473"

    private let facility: Int64
    private let processID: Int64
    private var json = LineEncoder()
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - facility: 0…23
    ///   - processID: the daemon's
    init(facility: Int, processID: Int32) {
        self.facility = Int64(facility)
        self.processID = Int64(processID)
    }

    /// The number of a facility's name; nil for a name that is none.
    static func facility(named name: String) -> Int? {
        let names = [
            "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
        ]
        if let index = names.firstIndex(of: name) { return index }
        guard name.hasPrefix("local"), let number = Int(name.dropFirst(5)), (0...7).contains(number) else { return nil }
        return 16 + number
    }

    /// Nil for a record of a kind that this release does not know.
    mutating func encode(_ record: Record) -> SyslogMessage? {
        json.start()
        guard let kind = record.kind, json.append(record) else { return nil }
        bytes.removeAll(keepingCapacity: true)
        appendHeader(record, kind)
        appendSequence(record.sequence)
        bytes.append("[")
        bytes.append(Self.dataID)
        switch kind {
        case .alert, .log: appendFacts(record, isAlert: kind == .alert)
        case .message: parameter("level", record.level)
        }
        bytes.append("]")
        let shortLength = bytes.count
        bytes.append(" ")
        bytes += json.bytes.dropLast()
        return SyslogMessage(bytes: bytes.exactCopy, shortLength: shortLength)
    }

    private mutating func appendHeader(_ record: Record, _ kind: Record.Kind) {
        bytes.append("<")
        bytes.appendDecimal(facility * 8 + Self.severity(record, kind))
        bytes.append(">1 ")
        // The daemon's form of time is one of RFC 3339 with six digits, which is what RFC 5424 takes.
        word(record.updatedTime, limit: 32)
        bytes.append(" ")
        word(record.hostName, limit: 255)
        bytes.append(" kubearmor ")
        bytes.appendDecimal(processID)
        switch kind {
        case .alert: bytes.append(" alert ")
        case .log: bytes.append(" log ")
        case .message: bytes.append(" message ")
        }
    }

    /// A policy's severity of 8 to 10 is critical, 5 to 7 an error, less a warning; logs are informational.
    private static func severity(_ record: Record, _ kind: Record.Kind) -> Int64 {
        switch kind {
        case .log: return 6
        case .alert:
            switch Int(record.severity.string) ?? 0 {
            case 8...: return 2
            case 5...7: return 3
            default: return 4
            }
        case .message:
            switch record.level.string {
            case "ERROR": return 3
            case "WARN", "WARNING": return 4
            case "DEBUG": return 7
            default: return 6
            }
        }
    }

    private mutating func appendSequence(_ sequence: UInt64) {
        bytes.append("[meta sequenceId=\"")
        // From 1 to 2^31 - 1, and again from 1 (RFC 5424, 7.3.1).
        bytes.appendDecimal(Int64(sequence == 0 ? 1 : (sequence - 1) % 2_147_483_647 + 1))
        bytes.append("\"]")
    }

    private mutating func appendFacts(_ record: Record, isAlert: Bool) {
        parameter("type", record.recordType)
        if isAlert {
            parameter("policy", record.policyName)
            parameter("severity", record.severity)
            parameter("action", record.action)
        }
        parameter("operation", record.operation)
        parameter("resource", record.resource)
        parameter("process", record.processName)
        parameter("parent", record.parentProcessName)
        if record.hostPID != 0 {
            bytes.append(" pid=\"")
            bytes.appendDecimal(Int64(record.hostPID))
            bytes.append("\"")
        }
        bytes.append(" uid=\"")
        bytes.appendDecimal(Int64(record.uid))
        bytes.append("\"")
        parameter("user", record.userName)
        parameter("namespace", record.namespaceName)
        parameter("pod", record.podName)
        parameter("container", record.containerName)
        parameter("containerId", record.containerID)
        parameter("image", record.containerImage)
        parameter("cluster", record.clusterName)
        parameter("result", record.result)
        if isAlert { parameter("tags", record.tags) }
    }

    /// A field of the header: printable ASCII without blanks; "-" for none.
    private mutating func word(_ text: Text, limit: Int) {
        let start = bytes.count
        text.withSpan { span in
            for index in 0..<min(span.count, limit) {
                bytes.append((0x21...0x7e).contains(span[index]) ? span[index] : UInt8(ascii: "?"))
            }
        }
        if bytes.count == start { bytes.append("-") }
    }

    private mutating func parameter(_ name: StaticString, _ text: Text) {
        guard !text.isEmpty else { return }
        bytes.append(" ")
        bytes.append(name)
        bytes.append("=\"")
        text.withSpan { bytes.appendParameterValue($0, limit: Self.valueLimit) }
        bytes.append("\"")
    }
}

extension [UInt8] {
    /// Appends a value of structured data, cut at a character behind the limit. What is not UTF-8 or a control
    /// character is written as `\xNN`, as in the JSON: a file's name begins no line of its own.
    fileprivate mutating func appendParameterValue(_ text: Span<UInt8>, limit: Int) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            let length = byte < 0x80 ? 1 : text.lengthOfScalar(at: index)
            guard index + Swift.max(length, 1) <= limit else { return }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x00..<0x20, 0x7f:
                appendCode(of: byte)
            default:
                if length > 0 { append(text.extracting(index..<index + length)) } else { appendCode(of: byte) }
            }
            index += Swift.max(length, 1)
        }
    }

    private mutating func appendCode(of byte: UInt8) {
        append(#"\\x"#)
        appendHexadecimal(byte)
    }
}
