// SPDX-License-Identifier: Apache-2.0
import Plugins
import Testing

/// What a plugin can do to its process is done to a child.
@Suite(.enabled(if: PluginFixture.program != nil, "the program kubearmor was not built beside the tests"))
struct ChildTests {
    private func probe(seconds: Int = 30) throws -> ChildProbe {
        let program = try #require(PluginFixture.program)
        return ChildProbe(command: [program, "plugins", "probe-child"], timeLimit: .seconds(seconds))
    }

    private func verify(_ path: String) throws -> Verification {
        let program = try #require(PluginFixture.program)
        let verifier = PluginVerifier(command: [program, "plugins", "verify-child"], timeLimit: .seconds(20))
        return verifier.verify(file: path, isOpening: true)
    }

    @Test(
        "A plugin that ends its process when it is loaded or probed is in error",
        arguments: ["CRASH_IN_PROBE", "CRASH_IN_CONSTRUCTOR", "EXIT_IN_PROBE"])
    func crash(_ definition: String) throws {
        let fixture = try PluginFixture()
        try fixture.build(.enforcer, "bad", [definition])
        try fixture.build(.enforcer, "noop")
        let reports = PluginSelection.preview(try probe().reports(directories: [fixture.directory]))
        #expect(reports.map(\.name) == ["bad", "noop"])
        #expect(reports.map(\.code) == ["PROBE_CRASHED", "OK"])
        #expect(reports.map(\.status) == [.error, .active])
    }

    @Test("A plugin whose probe does not end is in error after the time limit")
    func hang() throws {
        let fixture = try PluginFixture()
        let path = try fixture.build(.feeder, "slow", ["HANG_IN_PROBE"])
        #expect(try probe(seconds: 1).report(file: path).code == PluginCode.probeTimeout.rawValue)
    }

    @Test("A good plugin of each kind is sound", arguments: PluginKind.allCases)
    func sound(_ kind: PluginKind) throws {
        let fixture = try PluginFixture()
        let verification = try verify(fixture.build(kind, "good"))
        #expect(verification.findings.isEmpty)
        #expect(verification.isSound)
        #expect(verification.calls > 30)
    }

    @Test("A plugin that writes beyond the error buffer is found")
    func writesBeyond() throws {
        let fixture = try PluginFixture()
        let verification = try verify(fixture.build(.feeder, "bad", ["WRITES_BEYOND"]))
        #expect(!verification.isSound)
        #expect(verification.findings.contains { $0.problem == "wrote beyond the memory that it was given" })
    }

    @Test("A plugin that crashes on NULL is found, with the entry, and the calls behind it are made all the same")
    func crashesOnNull() throws {
        let fixture = try PluginFixture()
        let verification = try verify(fixture.build(.enforcer, "bad", ["CRASH_ON_NULL"]))
        let whole = try verify(fixture.build(.enforcer, "good"))
        let crash = try #require(verification.findings.first { $0.problem.hasPrefix("crashed: SIGSEGV") })
        #expect(crash.entry == "apply")
        #expect(crash.arguments == "set: NULL")
        #expect(verification.calls == whole.calls)
    }

    @Test("A file that is refused is not run, and a missing one is told from it")
    func refused() throws {
        let fixture = try PluginFixture()
        let path = try fixture.build(.enforcer, "bad", ["MAJOR=2", "CRASH_IN_CONSTRUCTOR"])
        #expect(try verify(path).report.code == PluginCode.wrongABI.rawValue)
        let absent = "\(fixture.directory)/kubearmor-enforcer-absent.so"
        #expect(try verify(absent).report.code == PluginCode.fileMissing.rawValue)
    }
}
