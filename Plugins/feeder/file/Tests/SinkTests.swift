// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import PluginABI
import Testing

@Suite("Where the file feeder writes")
struct SinkTests {
    @Test("A file is made for its owner only, and lines are appended to one that exists")
    func appends() throws {
        let folder = try ScratchFolder()
        for resource in ["one", "two"] {
            _ = try OpenFeeder(logPath: folder.file()).publish([RecordFields(resource: resource)])
        }
        #expect(try folder.lines().map { $0.contains("one") } == [true, false])
        var status = stat()
        #expect(stat(folder.file(), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("After a rename, reopen writes to a new file of the old name")
    func rotation() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        _ = try feeder.publish([RecordFields(resource: "before")])
        try #require(rename(folder.file(), folder.file("alerts.log.1")) == 0)
        _ = try feeder.publish([RecordFields(resource: "between")])
        try feeder.reopen()
        _ = try feeder.publish([RecordFields(resource: "after")])
        #expect(try folder.lines("alerts.log.1").count == 2)
        #expect(try folder.lines() == [#"{"PPID":0,"UID":0,"Resource":"after"}"#])
    }

    @Test("reopen follows a changed setting; one that cannot be opened leaves the old file in use")
    func changedSetting() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        feeder.host.set("logPath", "\(folder.path)/absent/alerts.log")
        #expect(throws: EntryFailure.self) { try feeder.reopen() }
        #expect(try feeder.publish([RecordFields()]) == 1)
        feeder.host.set("logPath", folder.file("other.log"))
        try feeder.reopen()
        #expect(try feeder.publish([RecordFields()]) == 1)
        #expect(try folder.lines().count == 1)
        #expect(try folder.lines("other.log").count == 1)
    }

    @Test("A last line that a killed writer left incomplete is ended first")
    func strangersLine() throws {
        let folder = try ScratchFolder()
        try folder.write(#"{"PPID":0,"UI"#)
        let feeder = try OpenFeeder(logPath: folder.file())
        #expect(try feeder.publish([RecordFields()]) == 1)
        #expect(try folder.lines() == [#"{"PPID":0,"UI"#, #"{"PPID":0,"UID":0}"#])
        #expect(try feeder.statistics()["delivered"] == 1)
    }

    @Test("A full disk drops and counts every record, and is logged once")
    func fullDisk() throws {
        let feeder = try OpenFeeder(logPath: "/dev/full")
        for _ in 0..<3 {
            #expect(try feeder.publish([RecordFields(), RecordFields()]) == 0)
        }
        let statistics = try feeder.statistics()
        #expect(statistics["dropped.no_space"] == 6)
        #expect(statistics["delivered"] == 0)
        #expect(feeder.host.log.count == 1)
        #expect(feeder.host.log.first?.hasPrefix("/dev/full: No space left on device") == true)
    }

    @Test("With none nothing is written and everything is counted")
    func none() throws {
        let feeder = try OpenFeeder(logPath: "none")
        #expect(try feeder.publish([RecordFields(), RecordFields()]) == 0)
        #expect(try feeder.statistics()["dropped.disabled"] == 2)
        let found = try probe(logPath: "none")
        #expect(found.usable && found.mode == "none" && found.reason == "logPath is none: nothing is written")
    }

    @Test("Messages are not accepted, alerts and logs beside them are")
    func messages() throws {
        let folder = try ScratchFolder()
        let feeder = try OpenFeeder(logPath: folder.file())
        let records = [KUBEARMOR_RECORD_ALERT, KUBEARMOR_RECORD_MESSAGE, KUBEARMOR_RECORD_LOG, 99]
        #expect(try feeder.publish(records.map { RecordFields().with(type: $0) }) == 2)
        #expect(try folder.lines().count == 2)
        #expect(try feeder.statistics()["dropped.unsupported"] == 2)
        #expect(try feeder.publish([]) == 0)
    }

    @Test("A pipe without a reader is counted as such and raises no signal")
    func brokenPipe() throws {
        let pipe = try TestPipe()
        let feeder = try OpenFeeder(logPath: pipe.path)
        pipe.closeReader()
        #expect(try feeder.publish([RecordFields()]) == 0)
        #expect(try feeder.statistics()["dropped.broken_pipe"] == 1)
    }

    @Test("A reader that is slow loses whole lines only, and every record is accounted for")
    func slowReader() throws {
        let pipe = try TestPipe()
        let feeder = try OpenFeeder(logPath: pipe.path)
        let records = (0..<120).map { RecordFields(resource: "\($0)" + String(repeating: "x", count: 1_000)) }
        let accepted = try feeder.publish(records)
        #expect(accepted < records.count)
        var bytes = drain(pipe.reader)
        try feeder.flush(milliseconds: 1_000)
        #expect(try feeder.publish([RecordFields(resource: "last")]) == 1)
        bytes += drain(pipe.reader)

        let lines = try wholeLines(bytes)
        #expect(lines.count == accepted + 1)
        #expect(lines.allSatisfy { $0.hasPrefix(#"{"PPID":0,"UID":0,"Resource":""#) && $0.hasSuffix("\"}") })
        let statistics = try feeder.statistics()
        #expect(statistics["delivered"] == UInt64(lines.count))
        #expect(statistics["dropped.slow_sink"] == UInt64(records.count - accepted))
        #expect(feeder.host.log.count == 2)
    }

    @Test(
        "A logPath that cannot work says what and where",
        arguments: [
            ("alerts.log", "'alerts.log' is not none, stdout or an absolute path"),
            ("/nowhere/at/all/alerts.log", "/nowhere/at/all"), ("/tmp", "/tmp: Is a directory"),
        ])
    func unusable(path: String, expected: String) throws {
        let failure = try #require(throws: EntryFailure.self) { _ = try OpenFeeder(logPath: path) }
        #expect(failure.description.contains(expected), "\(failure)")
        let found = try probe(logPath: path)
        #expect(!found.usable)
        #expect(found.reason.contains(expected), "\(found.reason)")
    }
}

/// A FIFO with an open reader.
private final class TestPipe {
    let reader: Int32
    let path: String
    private let folder: ScratchFolder
    private var readerIsOpen = true

    init() throws {
        folder = try ScratchFolder()
        path = folder.file()
        try #require(mkfifo(path, 0o600) == 0)
        reader = kubearmor_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
        try #require(reader >= 0)
    }

    deinit {
        closeReader()
    }

    func closeReader() {
        if readerIsOpen {
            close(reader)
        }
        readerIsOpen = false
    }
}
