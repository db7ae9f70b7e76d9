// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Plugins
import Synchronization
import Testing

@Suite struct RegistryTests {
    @Test("A scan reads the note and runs nothing of the library")
    func describes() throws {
        let fixture = try PluginFixture()
        try fixture.build(.monitor, "fixture", ["LAZY", "CRASH_IN_CONSTRUCTOR"])
        let registry = PluginRegistry(directories: [fixture.directory], services: SilentServices())
        let report = try #require(registry.scan().first)
        #expect(report.kind == .monitor)
        #expect(report.name == "fixture")
        #expect(report.version == "1.2.3")
        #expect(report.abi == "1.3")
        #expect(report.license == "Apache-2.0")
        #expect(report.code == PluginCode.notProbed.rawValue)
        #expect(report.lazyLibraries == ["liblazy.so.1", "liblazy.so.0"])
        #expect(report.neededLibraries.contains("libc.so.6"))
    }

    @Test("The first usable enforcer of the order is chosen, and the reasons of the others are kept")
    func choosesInOrder() throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "bpflsm", ["UNUSABLE"])
        try fixture.build(.enforcer, "apparmor")
        try fixture.build(.enforcer, "noop")
        let registry = fixture.probed()
        let enforcer = try registry.selectEnforcer(order: ["selinux", "bpflsm", "apparmor"], required: nil)
        #expect(enforcer.name == "apparmor")
        #expect(enforcer.displayName == "AppArmor")
        let codes = Dictionary(uniqueKeysWithValues: registry.reports().map { ($0.name, $0.code) })
        #expect(codes == ["bpflsm": "PROBE_UNUSABLE", "apparmor": "OK", "noop": "NOT_CHOSEN"])
        #expect(registry.reports().first { $0.name == "bpflsm" }?.reason == "the trial load was refused: EPERM")
        #expect(registry.reports().first { $0.name == "apparmor" }?.status == .active)
        try enforcer.close(keep: false)
        #expect(registry.reports().first { $0.name == "apparmor" }?.status == .ready)
    }

    /// A rule set of that many rules without objects.
    private static func withRuleSet<Result>(
        _ count: Int, _ body: (UnsafePointer<kubearmor_rule_set>) throws -> Result
    ) rethrows -> Result {
        let rules = (1...UInt32(count)).map { id in
            var rule = kubearmor_rule()
            rule.struct_size = UInt32(MemoryLayout<kubearmor_rule>.size)
            rule.id = id
            return rule
        }
        return try rules.withUnsafeBufferPointer { rules in
            var set = kubearmor_rule_set()
            set.struct_size = UInt32(MemoryLayout<kubearmor_rule_set>.size)
            set.rules = rules.baseAddress
            set.rule_count = UInt64(rules.count)
            return try body(&set)
        }
    }

    @Test("An enforcer says how it holds rules and what it would load, also where it does not work")
    func previews() throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "apparmor", ["EXAMINES", "NEEDS=\"kernel>=99.0\""])
        try fixture.build(.enforcer, "old", ["UNUSABLE"])
        let registry = PluginRegistry(directories: [fixture.directory], services: SilentServices())
        registry.scan()
        let preview = try registry.previewEnforcer("apparmor")
        let holdings = try #require(try Self.withRuleSet(5) { try preview.holdings(of: $0) })
        #expect(holdings.map(\.rule) == [1, 2, 3, 4, 5])
        #expect(holdings.map(\.hold) == [.enforced, .stricter, .audited, .unsupported, .unsupported])
        #expect(holdings.prefix(2).map(\.text) == ["enforced", "enforced stricter: as asked"])
        #expect(holdings[4].reason.contains("answers 5"))
        let text = try Self.withRuleSet(5) { try preview.rendering(of: $0) }
        #expect(text.map { String(decoding: $0, as: UTF8.self) } == "rules: 5\n")
        #expect(registry.reports().first { $0.name == "apparmor" }?.code == PluginCode.needsKernel.rawValue)
        let old = try registry.previewEnforcer("old")
        #expect(try Self.withRuleSet(1) { try old.holdings(of: $0) } == nil)
        #expect(try Self.withRuleSet(1) { try old.rendering(of: $0) } == nil)
        let missing = #expect(throws: PluginError.self) { try registry.previewEnforcer("selinux") }
        #expect(missing?.message.contains("selinux is not installed") == true)
        #expect(missing?.message.contains("apparmor, old") == true)
    }

    @Test("An enforcer names what a workload's rules do not reach, a line each")
    func remarks() throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "apparmor", ["EXAMINES"])
        let enforcer = try fixture.probed().selectEnforcer(order: ["apparmor"], required: nil)
        let remarks = try enforcer.remarks(workload: 1)
        #expect(remarks.count == 2)
        #expect(remarks.first == "process 7 runs since before: restart it")
        try enforcer.close(keep: false)
    }

    @Test("noop is the last resort, unless an enforcer is required")
    func lastResort() throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "bpflsm", ["FAIL_IN_OPEN"])
        try fixture.build(.enforcer, "noop")
        let registry = fixture.probed()
        let error = #expect(throws: PluginError.self) {
            try registry.selectEnforcer(order: [], required: "bpflsm")
        }
        #expect(error?.code == PluginCode.noEnforcer.rawValue)
        #expect(error?.message.contains("the fixture cannot be opened: as asked") == true)
        let missing = #expect(throws: PluginError.self) {
            try registry.selectEnforcer(order: [], required: "selinux")
        }
        #expect(missing?.message.contains("selinux is not installed") == true)
        #expect(registry.reports().contains { $0.name == "selinux" && $0.code == PluginCode.fileMissing.rawValue })
        #expect(try registry.selectEnforcer(order: ["bpflsm"], required: nil).name == "noop")
    }

    @Test("Calls reach the plugin, are counted, and errors carry its text")
    func calls() throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "noop")
        let services = RecordingServices()
        let registry = fixture.probed(services)
        let enforcer = try registry.selectEnforcer(order: [], required: "noop")
        var set = kubearmor_rule_set()
        set.struct_size = UInt32(MemoryLayout<kubearmor_rule_set>.size)
        try enforcer.apply(workload: 1, set: &set, generation: 1)
        let error = #expect(throws: PluginError.self) {
            try enforcer.apply(workload: 13, set: &set, generation: 2)
        }
        #expect(error?.code == PluginCode.callFailed.rawValue)
        #expect(error?.message == "enforcer noop: apply: the table is full: remove a policy (No space left on device)")
        #expect(try enforcer.poll(timeoutMilliseconds: 0) == 1)
        #expect(try enforcer.statistics().map(\.name) == ["seen"])
        #expect(services.lines.withLock { $0 } == ["noop: opened", "noop: 1 events, operation 16"])
        let apply = try #require(enforcer.calls.first { $0.entry == "apply" })
        #expect(apply.calls == 2 && apply.errors == 1 && apply.late == 0)
        #expect(apply.lastError == "the table is full: remove a policy")
        #expect(throws: PluginError.self) { try enforcer.snapshot() }
        try enforcer.close(keep: true)
        let closed = #expect(throws: PluginError.self) { try enforcer.poll(timeoutMilliseconds: 0) }
        #expect(closed?.code == PluginCode.closed.rawValue)
    }

    @Test("All usable monitors and feeders are opened, or those that are named")
    func opens() throws {
        let fixture = try PluginFixture()
        for name in ["a", "b"] { try fixture.build(.feeder, name) }
        try fixture.build(.feeder, "c", ["FAIL_IN_OPEN"])
        try fixture.build(.monitor, "m")
        let registry = fixture.probed()
        let monitor = try #require(registry.openMonitors(names: nil).first)
        try monitor.watch(workload: 1, classes: 2)
        #expect(registry.openFeeders(names: ["a", "absent"]).map(\.name) == ["a"])
        #expect(registry.openFeeders(names: nil).map(\.name) == ["b"])
        let codes = Dictionary(uniqueKeysWithValues: registry.reports().map { ($0.name, $0.code) })
        #expect(codes == ["a": "OK", "b": "OK", "c": "OPEN_FAILED", "m": "OK", "absent": "FILE_MISSING"])
    }

    @Test("The status file is believed while its writer lives")
    func statusFile() throws {
        let fixture = try PluginFixture()
        try fixture.build(.feeder, "quote", ["UNUSABLE"])
        let reports = fixture.probed().reports()
        let path = "\(fixture.directory)/plugins.json"
        try PluginStatusFile.write(reports, to: path)
        #expect(PluginStatusFile.read(path) == reports)
        try PluginFixture.run("sed -i 's/\"started\": \"/&9/' '\(path)'")
        #expect(PluginStatusFile.read(path) == nil)
        #expect(PluginStatusFile.read("\(path).absent") == nil)
    }
}
