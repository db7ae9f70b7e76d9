// SPDX-License-Identifier: Apache-2.0
import Plugins
import Synchronization
import Testing

@Suite("Sources as the daemon loads them")
struct SourcePluginTests {
    @Test("What a source tells arrives copied, and what breaks the contract does not arrive")
    func reports() throws {
        let fixture = try PluginFixture()
        try fixture.build(.source, "containerd", ["REPORTS"])
        let services = RecordingServices()
        let source = try #require(fixture.probed(services).openSources(names: nil).first)
        #expect(source.name == "containerd")
        try source.run()
        let lines = services.lines.withLock { $0 }
        #expect(
            lines.suffix(3) == ["containerd: +c1 web 7 app=shop,tier=", "containerd: -c1", "containerd: synced"])
        try source.close()
        #expect(throws: PluginError.self) { try source.run() }
    }

    @Test("Several sources are open at once; one that is named and not there is reported")
    func several() throws {
        let fixture = try PluginFixture()
        for name in ["containerd", "docker", "cri"] { try fixture.build(.source, name) }
        let registry = fixture.probed()
        let sources = registry.openSources(names: ["docker", "containerd", "podman"])
        #expect(sources.map(\.name).sorted() == ["containerd", "docker"])
        #expect(registry.reports().contains { $0.code == "FILE_MISSING" && $0.reason.contains("podman") })
        for source in sources { try source.close() }
    }
}
