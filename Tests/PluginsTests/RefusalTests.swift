// SPDX-License-Identifier: Apache-2.0
import Glibc
import Plugins
import Testing

/// Each way in which a file can be bad has its own code, and keeps no other plugin from being used.
@Suite struct RefusalTests {
    /// A plugin that the compiler is told to make bad, and the code that it gets.
    struct Bad: Sendable, CustomTestStringConvertible {
        let code: PluginCode
        let definitions: [String]
        var kind = PluginKind.enforcer
        var file: String?
        var testDescription: String { "\(code.rawValue) \(definitions.joined(separator: " "))" }
    }

    static let badPlugins: [Bad] = [
        Bad(code: .ok, definitions: []),
        Bad(code: .ok, definitions: [], kind: .monitor),
        Bad(code: .ok, definitions: [], kind: .feeder),
        Bad(code: .ok, definitions: [], kind: .source),
        Bad(code: .ok, definitions: ["TABLE_DELTA=8"]),
        Bad(code: .ok, definitions: ["MINOR=2"]),
        Bad(code: .ok, definitions: ["NEEDS=\"kernel>=5.10\""]),
        Bad(code: .notAPlugin, definitions: ["WITHOUT_NOTE"]),
        Bad(code: .badNote, definitions: ["OWNER=\"Someone\""]),
        Bad(code: .badNote, definitions: ["NOTE_KIND=9"]),
        Bad(code: .wrongABI, definitions: ["MAJOR=2"]),
        Bad(code: .wrongABI, definitions: ["MAJOR=0"]),
        Bad(code: .wrongName, definitions: [], file: "kubearmor-enforcer-other.so"),
        Bad(code: .needsKernel, definitions: ["NEEDS=\"kernel>=99.0\""]),
        Bad(code: .needsUnknown, definitions: ["NEEDS=\"moon=full\""]),
        Bad(code: .entrySymbolMissing, definitions: ["WITHOUT_ENTRY"]),
        Bad(code: .symbolMissing, definitions: ["MISSING_SYMBOL"]),
        Bad(code: .entryRefused, definitions: ["REFUSE=-EPERM"]),
        Bad(code: .entryRefused, definitions: ["REFUSE=-EPROTO"]),
        Bad(code: .abiTooOld, definitions: ["REFUSE=-EPROTO", "MINOR=9"]),
        Bad(code: .wrongKind, definitions: ["ANSWER_KIND=2"]),
        Bad(code: .badAnswer, definitions: ["ANSWER_BEYOND"]),
        Bad(code: .badAnswer, definitions: ["ANSWER_SIZE=24"]),
        Bad(code: .tableTooShort, definitions: ["TABLE_DELTA=-32"]),
        // The table of ABI 1.0.
        Bad(code: .ok, definitions: ["TABLE_DELTA=-24"]),
        Bad(code: .badTable, definitions: ["TABLE_DELTA=-4"]),
        Bad(code: .entryMissing, definitions: ["WITHOUT_APPLY"]),
        Bad(code: .capabilityWithoutEntry, definitions: ["WITHOUT_POLL", "CAPABILITIES=\"file.path events\""]),
        Bad(code: .capabilityWithoutEntry, definitions: ["CAPABILITIES=\"adopt\""]),
        Bad(code: .capabilityWithoutEntry, definitions: ["CAPABILITIES=\"prepare\""], kind: .source),
        Bad(code: .unusable, definitions: ["UNUSABLE"]),
        Bad(code: .probeFailed, definitions: ["FAIL_IN_PROBE"]),
    ]

    @Test("A compiled plugin gets exactly its code, and the others are usable", arguments: badPlugins)
    func compiled(_ bad: Bad) throws {
        let fixture = try PluginFixture()
        let path = try fixture.build(bad.kind, "fixture", bad.definitions, file: bad.file)
        try fixture.build(.feeder, "neighbour")
        let reports = fixture.probed().reports()
        let report = try #require(reports.first { $0.file == path })
        #expect(report.code == bad.code.rawValue, "\(report.reason)")
        #expect(report.status == bad.code.status)
        #expect(bad.code == .ok || !report.reason.isEmpty)
        #expect(reports.contains { $0.name == "neighbour" && $0.status == .ready })
    }

    /// What is done to a good plugin's file, and the code that it then gets.
    struct Spoilt: Sendable, CustomTestStringConvertible {
        let code: PluginCode
        let spoil: @Sendable (_ path: String, _ directory: String) throws -> Void
        var testDescription: String { code.rawValue }
    }

    static let spoiltFiles: [Spoilt] = [
        Spoilt(code: .truncated) { path, _ in truncate(path, 4000) },
        Spoilt(code: .truncated) { path, _ in truncate(path, 40) },
        Spoilt(code: .truncated) { path, _ in truncate(path, 0) },
        Spoilt(code: .notELF) { path, _ in try PluginFixture.patch(path, at: 0, [0x7f, 0x45, 0x4c, 0x47]) },
        Spoilt(code: .wrongMachine) { path, _ in try PluginFixture.patch(path, at: 18, [0xf3, 0]) },
        Spoilt(code: .fileWritable) { path, _ in chmod(path, 0o757) },
        Spoilt(code: .fileWritable) { path, _ in chmod(path, 0o775) },
        Spoilt(code: .parentWritable) { _, directory in chmod(directory, 0o777) },
        Spoilt(code: .parentWritable) { _, directory in chmod(directory, 0o1777) },
        Spoilt(code: .fileIsLink) { path, directory in
            rename(path, "\(directory)/real")
            symlink("\(directory)/real", path)
        },
        Spoilt(code: .fileNotRegular) { path, _ in
            unlink(path)
            mkfifo(path, 0o600)
        },
        Spoilt(code: .fileNotRegular) { path, _ in
            unlink(path)
            mkdir(path, 0o700)
        },
    ]

    static let filesGivenAway: [Spoilt] = [
        Spoilt(code: .fileOwner) { path, _ in chown(path, 12345, 0) },
        Spoilt(code: .parentOwner) { _, directory in chown(directory, 12345, 0) },
    ]

    @Test(
        "A file of somebody else gets exactly its code and is not loaded",
        .enabled(if: geteuid() == 0, "only root can give files away"), arguments: filesGivenAway)
    func givenAway(_ spoilt: Spoilt) throws { try self.spoilt(spoilt) }

    @Test("A spoilt file gets exactly its code and is not loaded", arguments: spoiltFiles)
    func spoilt(_ spoilt: Spoilt) throws {
        let fixture = try PluginFixture()
        let path = try fixture.build(.enforcer, "fixture", ["CRASH_IN_CONSTRUCTOR"])
        try spoilt.spoil(path, fixture.directory)
        let report = try fixture.report("fixture")
        #expect(report.code == spoilt.code.rawValue, "\(report.reason)")
        #expect(report.status == .error)
    }

    @Test("A library that is not installed is named")
    func missingLibrary() throws {
        let fixture = try PluginFixture()
        try fixture.build(.feeder, "helper", file: "libfixture-helper.so")
        let link = "-Wl,--no-as-needed -L'\(fixture.directory)' -lfixture-helper"
        try fixture.build(.enforcer, "fixture", link: link)
        unlink("\(fixture.directory)/libfixture-helper.so")
        let report = try fixture.report("fixture")
        #expect(report.code == PluginCode.libraryMissing.rawValue)
        #expect(report.reason.contains("libfixture-helper.so"))
        #expect(report.neededLibraries.contains("libfixture-helper.so"))
    }

    @Test("The directory that lets others in is named, even when it is not the last")
    func parentAbove() throws {
        let fixture = try PluginFixture()
        let inner = "\(fixture.directory)/inner"
        mkdir(inner, 0o755)
        let path = try fixture.build(.enforcer, "fixture")
        rename(path, "\(inner)/kubearmor-enforcer-fixture.so")
        chmod(fixture.directory, 0o777)
        let registry = PluginRegistry(directories: [inner], services: SilentServices())
        let report = try #require(registry.scan().first)
        #expect(report.code == PluginCode.parentWritable.rawValue)
        #expect(report.reason.contains("directory \(fixture.directory) "))
    }

    @Test("Of two files with one kind and name the first in the search path counts")
    func shadowed() throws {
        let first = try PluginFixture()
        let second = try PluginFixture()
        try first.build(.enforcer, "fixture")
        let hidden = try second.build(.enforcer, "fixture")
        let registry = PluginRegistry(
            directories: [first.directory, second.directory], services: SilentServices())
        let report = try #require(registry.scan().first { $0.file == hidden })
        #expect(report.code == PluginCode.shadowed.rawValue)
        #expect(report.status == .skipped)
    }
}
