// SPDX-License-Identifier: Apache-2.0
import Policy

/// Policies that permit what workloads did, and little else.
///
/// What passed is permitted: programs by who starts them, files by who opens them (reading only, where nothing was
/// written), protocols, DNS names and capabilities by who uses them. Many files of a directory become the directory,
/// numbers of processes become patterns. The evaluator is asked about every access afterwards; what the general rules
/// would deny gets a rule of its own.
public struct Recommendation: Sendable {
    /// The documents, as YAML.
    public let text: String
    /// What could not be put into a rule.
    public let remarks: [String]

    /// Workloads that one selector selects share a policy.
    private struct Group: Hashable {
        let isHost: Bool
        let namespace: String
        let labels: [String: String]
    }

    public init(_ profile: Profile) {
        var documents: [String] = []
        var remarks: [String] = []
        let groups = Dictionary(grouping: profile.workloads, by: Self.group)
        for (group, workloads) in groups.sorted(by: { Self.name(of: $0.value[0]) < Self.name(of: $1.value[0]) }) {
            let members = Set(workloads)
            let seen = profile.counts.keys.filter { members.contains($0.workload) && $0.hasPassed }
            guard seen.contains(where: { !$0.accesses.isEmpty }) else {
                remarks.append("\(workloads[0].place): nothing passed that a rule could permit")
                continue
            }
            let (document, left) = Self.document(group, workloads, seen)
            documents.append(document)
            remarks += left
        }
        text = documents.joined(separator: "---\n")
        self.remarks = remarks
    }

    // MARK: One policy

    private static func document(
        _ group: Group, _ workloads: [WorkloadIdentity], _ seen: [Observation]
    ) -> (text: String, remarks: [String]) {
        var needs = WorkloadNeeds()
        for observation in seen {
            for access in observation.accesses { needs.add(access, by: observation.subject) }
        }
        needs.generalise()
        let head = head(group, workloads)
        var denied: [(Subject, Access)] = []
        // A rule that is added can take another's place for its program: nothing is left after a few rounds.
        for _ in 0..<4 {
            denied = Self.denied(head + sections(needs), workloads, seen)
            if denied.isEmpty { break }
            for (subject, access) in denied { needs.add(access, by: subject) }
        }
        let remarks =
            needs.unnamed.sorted().map { "\(workloads[0].place): no rule can name \($0)" }
            + denied.map { "\(workloads[0].place): still denied: \(AccessText.words($1)) by \($0.executable)" }
        return (head + sections(needs), remarks)
    }

    /// What the policy would deny of what passed, where a posture blocks.
    private static func denied(
        _ text: String, _ workloads: [WorkloadIdentity], _ seen: [Observation]
    ) -> [(Subject, Access)] {
        let policies = PolicyParser.parse(text, file: "recommended").policies
        let postures = Postures(file: .block, network: .block, capabilities: .block)
        var rules = IndexedRules(policies, postures: postures)
        var denied: [(Subject, Access)] = []
        for observation in seen {
            for access in observation.accesses
            where rules.decide(observation.subject, access).decision.action == .block && isNameable(access) {
                denied.append((observation.subject, access))
            }
        }
        return denied
    }

    private static func isNameable(_ access: Access) -> Bool {
        switch access.object {
        case .path(let path): RuleObject(of: path) != nil
        case .domain(let name): WorkloadNeeds.domain(of: name) != nil
        default: true
        }
    }

    // MARK: Selectors

    private static let volatileLabels = [
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/",
        "apps.kubernetes.io/", "batch.kubernetes.io/", "job-name", "controller-uid", "io.kubernetes.", "io.cri",
        "io.buildah", "com.docker.", "org.opencontainers.", "kubearmor.io/", "maintainer",
    ]

    private static func group(_ workload: WorkloadIdentity) -> Group {
        if workload.isHost {
            return Group(isHost: true, namespace: "", labels: ["kubernetes.io/hostname": workload.name])
        }
        let kept = workload.labels.filter { label in !volatileLabels.contains { label.key.hasPrefix($0) } }
        return Group(
            isHost: false, namespace: workload.namespace,
            labels: kept.isEmpty ? ["kubearmor.io/container.name": workload.containerName] : kept)
    }

    /// Of letters, digits and hyphens, as Kubernetes wants it.
    private static func name(of workload: WorkloadIdentity) -> String {
        let base = workload.isHost ? workload.name : workload.labels["app"] ?? workload.containerName
        let letters = base.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let name = String(letters.prefix(50)).split(separator: "-").joined(separator: "-")
        return "least-privilege-\(workload.isHost ? "host" : "of")-\(name.isEmpty ? "workload" : name)"
    }

    private static func head(_ group: Group, _ workloads: [WorkloadIdentity]) -> String {
        let labels = group.labels.sorted { $0.key < $1.key }
            .map { "      \(quoted($0.key)): \(quoted($0.value))\n" }.joined()
        let namespace = group.isHost ? "" : "\n  namespace: \(quoted(group.namespace))"
        return """
            apiVersion: security.kubearmor.com/v1
            kind: \(group.isHost ? "KubeArmorHostPolicy" : "KubeArmorPolicy")
            metadata:
              name: \(name(of: workloads[0]))\(namespace)
            spec:
              action: Allow
              message: "not what the workload did when it was profiled"
              \(group.isHost ? "nodeSelector" : "selector"):
                matchLabels:
            \(labels)
            """
    }

    // MARK: Sections

    private static func sections(_ needs: WorkloadNeeds) -> String {
        let programs = lists(needs.programs.reduce(into: [:]) { $0[$1] = true }, isFile: false)
        let files = lists(needs.files.mapValues { !$0 }, isFile: true)
        let domains = Dictionary(uniqueKeysWithValues: needs.domains.map { (quoted($0.key), $0.value) })
        return section("process", programs) + section("file", files)
            + section(
                "network",
                names("matchProtocols", "protocol", needs.protocols) + names("matchDNSQueries", "domain", domains))
            + section("capabilities", names("matchCapabilities", "capability", needs.capabilities))
    }

    private static func section(_ name: String, _ lists: String) -> String {
        lists.isEmpty ? "" : "  \(name):\n\(lists)"
    }

    /// The lists of a section about paths.
    ///
    /// - Parameter keys: with whether the rule permits reading only
    private static func lists(_ keys: [WorkloadNeeds.Key: Bool], isFile: Bool) -> String {
        var lines: [String: [String]] = [:]
        struct Rule: Hashable {
            let object: RuleObject
            let isReadOnly: Bool
            let hasSource: Bool
        }
        let rules = Dictionary(grouping: keys) {
            Rule(object: $0.key.object, isReadOnly: isFile && $0.value, hasSource: $0.key.source != nil)
        }
        let sorted = rules.sorted {
            ($0.key.object, $0.key.hasSource ? 1 : 0, $0.key.isReadOnly ? 1 : 0)
                < ($1.key.object, $1.key.hasSource ? 1 : 0, $1.key.isReadOnly ? 1 : 0)
        }
        for (rule, keys) in sorted {
            var fields = ["\(rule.object.list.field): \(quoted(rule.object.text))"]
            if rule.object.isRecursive { fields.append("recursive: true") }
            if rule.isReadOnly { fields.append("readOnly: true") }
            fields += from(Set(keys.map(\.key.source)))
            lines[rule.object.list.section, default: []].append("      - {\(fields.joined(separator: ", "))}\n")
        }
        return ["matchPaths", "matchDirectories", "matchPatterns"].compactMap { list in
            lines[list].map { "    \(list):\n\($0.joined())" }
        }.joined()
    }

    private static func names(_ list: String, _ field: String, _ uses: [String: Set<String?>]) -> String {
        guard !uses.isEmpty else { return "" }
        let lines = uses.sorted { $0.key < $1.key }.map { name, sources in
            "      - {\((["\(field): \(name)"] + from(sources)).joined(separator: ", "))}\n"
        }
        return "    \(list):\n\(lines.joined())"
    }

    /// Nothing when any program may.
    private static func from(_ sources: Set<String?>) -> [String] {
        let paths = sources.compactMap(\.self).sorted()
        guard !paths.isEmpty, !sources.contains(nil) else { return [] }
        return ["fromSource: [\(paths.map { "{path: \(quoted($0))}" }.joined(separator: ", "))]"]
    }

    private static func quoted(_ text: String) -> String { YAMLScalar.quoted(text) }
}
