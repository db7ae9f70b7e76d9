// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import JSON
public import Workloads

/// What hooks have told, kept in the run directory for the next daemon: a runtime tells it once.
///
/// Only the thread of the watch writes.
public struct HookedContainers: Sendable {
    private static let limit = 1 << 19

    private let directory: String

    public init(runDirectory: String) { directory = "\(runDirectory)/hooked" }

    /// Failing to keep one costs its name after a restart of the daemon, no more.
    @discardableResult
    public func keep(_ report: ContainerReport) -> Bool {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { return false }
        let text = JSONValue.object([
            ("request", .string(HookRequest(report).text)), ("cgroup", .string(String(report.cgroup))),
            ("held", .bool(report.state == .created)),
        ]).text
        let temporary = "\(directory)/.new"
        let descriptor = kubearmor_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        let isWritten = write(descriptor, text, text.utf8.count) == text.utf8.count
        close(descriptor)
        return isWritten && rename(temporary, path(of: report.id)) == 0
    }

    public func forget(_ id: String) { unlink(path(of: id)) }

    /// All that were kept, also of containers that are gone.
    public func all() -> [ContainerReport] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return names.sorted().compactMap { Self.read("\(directory)/\($0)") }
    }

    private func path(of id: String) -> String { "\(directory)/\(Workload.key(ofContainer: id)).json" }

    private static func read(_ path: String) -> ContainerReport? {
        guard let text = try? FileText.string(of: path, limit: limit), let value = JSONParser.parse(text),
            let request = value["request"]?.string.flatMap({ try? HookRequest(text: $0) })
        else { return nil }
        var report = request.report
        report.cgroup = value["cgroup"]?.string.flatMap { UInt64($0) } ?? 0
        report.state = value["held"] == .bool(true) ? .created : .running
        return report
    }
}
