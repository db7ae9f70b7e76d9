// SPDX-License-Identifier: Apache-2.0
import PluginABI
import Plugins

/// The enforcer plugin as the policies see it.
final class EnforcerAdapter: EnforcerControl {
    private let plugin: EnforcerPlugin

    init(_ plugin: EnforcerPlugin) { self.plugin = plugin }

    var name: String { plugin.name }
    var capabilities: Set<String> { plugin.capabilities }

    func inForce() throws -> [UInt64: RuleSetInForce] {
        guard capabilities.contains("adopt") else { return [:] }
        let found = try plugin.snapshot().map {
            ($0.workload, RuleSetInForce(generation: $0.generation, digest: $0.digest))
        }
        return Dictionary(found) { first, _ in first }
    }

    func apply(workload: UInt64, rules: RuleSetImage, generation: UInt64) throws {
        try rules.withRuleSet { try plugin.apply(workload: workload, set: $0, generation: generation) }
    }

    func holdings(of rules: RuleSetImage) throws -> [RuleHolding]? {
        try rules.withRuleSet { try plugin.preview.holdings(of: $0) }
    }

    func remarks(workload: UInt64) throws -> [String] { try plugin.remarks(workload: workload) }

    func bind(workload: UInt64, containerName: String) throws {
        let kinds = [("bind.profile", ContainerLabel.profile), ("bind.label", ContainerLabel.domain)]
        for (word, label) in kinds where capabilities.contains(word) {
            try label(containerName).withBinding { try plugin.bind(workload: workload, binding: $0) }
        }
    }

    func bind(workload: UInt64, cgroup: UInt64) throws {
        try plugin.bind(workload: workload, binding: .cgroup(cgroup))
    }

    func remove(workload: UInt64) throws { try plugin.remove(workload: workload) }

    func poll(timeoutMilliseconds: Int32) throws -> Int {
        try plugin.poll(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// How it works on this node, `lsm`.
    var mode: String { plugin.mode }

    /// Its numbers; none when it cannot say.
    func statistics() -> EnforcerStatistics {
        do {
            return EnforcerStatistics(try plugin.statistics())
        } catch {
            return EnforcerStatistics([])
        }
    }

    /// What became of its decisions, "2 denied, 2 emitted": what is not 0, over all workloads.
    func account() throws -> String {
        try plugin.statistics()
            .filter { $0.value > 0 && !$0.name.hasPrefix("workload") && !$0.name.hasPrefix("memory.") }
            .filter { $0.name != "rule_sets" }
            .map { "\($0.value) \($0.name)" }.joined(separator: ", ")
    }

    func close(keep: Bool) throws { try plugin.close(keep: keep) }
}

/// The name of a container in the language of a security module, as its runtime has to give it.
struct ContainerLabel {
    let type: UInt32
    let text: String

    /// KubeArmor's names of profiles outside of Kubernetes.
    static func profile(of container: String) -> ContainerLabel {
        ContainerLabel(type: KUBEARMOR_BINDING_PROFILE, text: "kubearmor_\(container)")
    }

    /// A type's name has letters, digits and underscores.
    static func domain(of container: String) -> ContainerLabel {
        let name = container.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return ContainerLabel(type: KUBEARMOR_BINDING_LABEL, text: "kubearmor_\(String(name))_t")
    }

    /// Lends the struct, whose text is valid until `body` returns.
    func withBinding<Result>(_ body: (kubearmor_binding) throws -> Result) rethrows -> Result {
        var text = text
        return try text.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { characters in
                var binding = kubearmor_binding()
                binding.struct_size = UInt32(MemoryLayout<kubearmor_binding>.size)
                binding.type = type
                binding.text.data = characters.baseAddress
                binding.text.length = UInt64(characters.count)
                return try body(binding)
            }
        }
    }
}

extension kubearmor_binding {
    /// The tasks of a cgroup (v2 id) and of those below it.
    static func cgroup(_ id: UInt64) -> kubearmor_binding {
        var binding = kubearmor_binding()
        binding.struct_size = UInt32(MemoryLayout<kubearmor_binding>.size)
        binding.type = KUBEARMOR_BINDING_CGROUP
        binding.number = id
        return binding
    }
}
