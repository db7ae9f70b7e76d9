// SPDX-License-Identifier: Apache-2.0
import JSON
public import Workloads

/// What a runtime's hook tells the daemon of a container that has not begun to run.
public struct HookRequest: Sendable, Hashable {
    /// Why a request is not taken.
    public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Of the conversation: a hook and a daemon of different versions say so instead of misreading each other.
    public static let version: Int64 = 1
    private static let labelLimit = 512
    private static let idLimit = 320
    private static let textLimit = 4096

    /// State and cgroup are found by the daemon.
    public var report: ContainerReport
    /// The id of the pod's sandbox; empty outside of Kubernetes.
    public var sandbox = ""
    /// The container is not made yet: what is it to be started under?
    public var isEarly = false

    public init(_ report: ContainerReport) { self.report = report }

    public var text: String {
        JSONValue.object([
            ("version", .integer(Self.version)), ("id", .string(report.id)),
            ("pid", .integer(Int64(report.initPID))), ("name", .string(report.name)),
            ("namespace", .string(report.namespace)), ("pod", .string(report.pod)), ("image", .string(report.image)),
            ("runtime", .string(report.runtime)), ("root", .string(report.root)), ("sandbox", .string(sandbox)),
            ("early", .bool(isEarly)),
            ("labels", .object(report.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]).text
    }

    public init(text: String) throws(Malformed) {
        guard let value = JSONParser.parse(text), case .object = value else {
            throw Malformed(description: "the request is no JSON object: is it `kubearmor hook` that asks?")
        }
        guard let version = value["version"]?.integer, version == Self.version else {
            throw Malformed(
                description: "the request is not of version \(Self.version): install hook and daemon of one version")
        }
        var report = ContainerReport(id: try Self.text(value, "id", limit: Self.idLimit))
        guard Self.isID(report.id) else {
            throw Malformed(description: "'\(report.id.prefix(80))' is no container's id")
        }
        let isEarly = value["early"] == .bool(true)
        guard let pid = value["pid"]?.integer, let number = UInt32(exactly: pid), number > 0 || isEarly else {
            throw Malformed(description: "the container has no process: run the hook as createRuntime or later")
        }
        report.initPID = number
        report.name = try Self.text(value, "name")
        report.namespace = try Self.text(value, "namespace")
        report.pod = try Self.text(value, "pod")
        report.image = try Self.text(value, "image")
        report.runtime = try Self.text(value, "runtime")
        report.root = try Self.text(value, "root")
        report.labels = try Self.labels(value["labels"])
        self.init(report)
        sandbox = try Self.text(value, "sandbox")
        self.isEarly = isEarly
    }

    private static func labels(_ value: JSONValue?) throws(Malformed) -> [String: String] {
        guard let value else { return [:] }
        guard case .object(let members) = value, members.count <= labelLimit else {
            throw Malformed(description: "labels is no object of at most \(labelLimit) members")
        }
        var labels: [String: String] = [:]
        for (key, value) in members {
            guard !key.isEmpty, let text = value.string, fits(label: key, text) else {
                throw Malformed(description: "the label '\(key.prefix(80))' is no text of at most \(textLimit) bytes")
            }
            labels[key] = text
        }
        return labels
    }

    /// Whether a label is one that the daemon takes.
    static func fits(label: String, _ value: String) -> Bool { isPlain(label, textLimit) && isPlain(value, textLimit) }

    private static func text(_ value: JSONValue, _ key: String, limit: Int = textLimit) throws(Malformed) -> String {
        guard let member = value[key] else { return "" }
        guard let text = member.string, isPlain(text, limit) else {
            throw Malformed(description: "\(key) is no text of at most \(limit) bytes without control characters")
        }
        return text
    }

    private static func isPlain(_ text: String, _ limit: Int) -> Bool {
        text.utf8.count <= limit && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    /// As runtimes allow it, with the runtime's namespace before it where it is not unique by itself.
    static func isID(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part != "." && part != ".."
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                            || "_+-.".utf8.contains(byte)
                    }
            }
    }
}
