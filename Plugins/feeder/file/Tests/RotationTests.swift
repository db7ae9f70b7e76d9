// SPDX-License-Identifier: Apache-2.0
import Glibc
import PluginABI
import Testing

@Suite("How the file feeder rotates by size")
struct RotationTests {
    private static func settings(_ folder: ScratchFolder) -> [String: String] {
        ["logPath": folder.file(), "logRotateMegabytes": "1", "logRotateKeep": "2"]
    }

    /// Batches of ten lines of 10 kB, numbered from 0.
    private static func batch(_ number: Int) -> [RecordFields] {
        (0..<10).map { RecordFields(resource: "\(number * 10 + $0)-" + String(repeating: "x", count: 10_000)) }
    }

    @Test("No line is lost or split, files stay below the limit, and so many are kept")
    func rotates() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder("file", Self.settings(folder))
        for number in 0..<25 { #expect(try feeder.publish(Self.batch(number)) == 10) }
        let statistics = try feeder.statistics()
        #expect(statistics["rotations"] == 2)
        #expect(statistics["delivered"] == 250)
        var resources: [String] = []
        for name in ["alerts.log.2", "alerts.log.1", "alerts.log"] {
            #expect(try folder.read(name).count <= 1 << 20)
            resources += try folder.lines(name)
        }
        #expect(resources.count == 250)
        for (number, line) in resources.enumerated() { #expect(line.contains("\"Resource\":\"\(number)-x")) }
        for number in 25..<40 { #expect(try feeder.publish(Self.batch(number)) == 10) }
        #expect(access(folder.file("alerts.log.3"), F_OK) != 0)
        #expect(try folder.lines().last?.contains("\"Resource\":\"399-x") == true)
    }

    @Test("Without a limit, and for what is no file, nothing is rotated")
    func never() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        for number in 0..<15 { _ = try feeder.publish(Self.batch(number)) }
        #expect(try feeder.statistics()["rotations"] == 0)
        #expect(try folder.lines().count == 150)
    }

    @Test("A file that someone else has moved away is not moved again")
    func movedByOthers() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder("file", Self.settings(folder))
        for number in 0..<10 { _ = try feeder.publish(Self.batch(number)) }
        try #require(rename(folder.file(), folder.file("other.log")) == 0)
        for number in 10..<12 { _ = try feeder.publish(Self.batch(number)) }
        #expect(try folder.lines("other.log").count == 100)
        #expect(try folder.lines().count == 20)
        #expect(access(folder.file("alerts.log.1"), F_OK) != 0)
    }

    @Test("A file that cannot be renamed grows on, which is logged once")
    func cannotRename() throws {
        let folder = try ScratchFolder()
        // A folder with something in it takes no file's place.
        try #require(mkdir(folder.file("alerts.log.1"), 0o700) == 0)
        defer { rmdir(folder.file("alerts.log.1")) }
        let feeder = try OpenFeeder("file", Self.settings(folder).merging(["logRotateKeep": "1"]) { $1 })
        for number in 0..<15 { #expect(try feeder.publish(Self.batch(number)) == 10) }
        #expect(try folder.lines().count == 150)
        #expect(try feeder.statistics()["rotations"] == 0)
        #expect(feeder.host.log.count == 1)
        #expect(feeder.host.log.first?.contains("cannot be renamed: Is a directory") == true)
    }
}
