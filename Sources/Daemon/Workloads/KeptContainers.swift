// SPDX-License-Identifier: Apache-2.0
import Glibc
import JSON
public import Workloads

/// What hooks and sources have told of the containers that are there, kept in the run directory: the next daemon has
/// their names before its first rule set, however late a runtime answers, and what a hook tells it tells once.
///
/// A file each, named by the workload's key. Only the thread of the watch writes.
public struct KeptContainers: Sendable {
    /// One container.
    public struct Container: Sendable, Hashable {
        /// The cgroup that it was in: another container's would have another number.
        public var cgroup: UInt64
        /// By who told.
        public var reports: [String: ContainerReport]

        public init(cgroup: UInt64, reports: [String: ContainerReport]) {
            self.cgroup = cgroup
            self.reports = reports
        }
    }

    private static let limit = 1 << 20

    private let directory: String

    public init(runDirectory: String) { directory = "\(runDirectory)/containers" }

    /// Failing to keep one costs its name after a restart of the daemon, until a source tells it; no more.
    @discardableResult
    public func keep(_ id: String, _ container: Container) -> Bool {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { return false }
        let told = container.reports.sorted { $0.key < $1.key }.compactMap { source, report in
            // Without a process it could not be found again.
            report.initPID == 0 ? nil : (source, Self.value(of: report))
        }
        let text = JSONValue.object([
            ("cgroup", .string(String(container.cgroup))), ("reports", .object(told)),
        ]).text
        let replacement = FileReplacement(through: "\(directory)/.new", mode: 0o600)
        return (try? replacement.replace(path(of: id), with: Array(text.utf8))) != nil
    }

    public func forget(_ id: String) { unlink(path(of: id)) }

    /// All that were kept, also those that are gone, by id.
    public func all() -> [(id: String, container: Container)] {
        // There is none before the first container is kept.
        let names = (try? FileText.names(in: directory)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { Self.read("\(directory)/\($0)") }
    }

    private func path(of id: String) -> String { "\(directory)/\(Workload.key(ofContainer: id)).json" }

    private static func value(of report: ContainerReport) -> JSONValue {
        var report = report
        report.labels = report.labels.filter { HookRequest.fits(label: $0.key, $0.value) && !$0.key.isEmpty }
        return .object([
            ("request", .string(HookRequest(report).text)), ("held", .bool(report.state == .created)),
        ])
    }

    private static func read(_ path: String) -> (id: String, container: Container)? {
        guard let text = try? FileText.string(of: path, limit: limit), let value = JSONParser.parse(text),
            let cgroup = value["cgroup"]?.string.flatMap({ UInt64($0) }), case .object(let told)? = value["reports"]
        else { return nil }
        var container = Container(cgroup: cgroup, reports: [:])
        for (source, value) in told {
            guard let request = value["request"]?.string.flatMap({ try? HookRequest(text: $0) }) else { continue }
            var report = request.report
            report.cgroup = cgroup
            report.state = value["held"] == .bool(true) ? .created : .running
            container.reports[source] = report
        }
        guard let id = container.reports.values.first?.id else { return nil }
        return (id, container)
    }
}
