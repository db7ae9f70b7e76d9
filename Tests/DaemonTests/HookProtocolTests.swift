// SPDX-License-Identifier: Apache-2.0
import CLinux
import Daemon
import Dispatch
import Glibc
import Logging
import Synchronization
import Testing
import Workloads

@Suite("The conversation of hook and daemon")
struct HookProtocolTests {
    static let id = String(repeating: "4f", count: 32)

    static var request: HookRequest {
        var report = ContainerReport(id: id)
        report.name = "web \"one\""
        report.namespace = "prod"
        report.initPID = 4711
        report.labels = ["app": "shop", "note": "ü \\ t"]
        var request = HookRequest(report)
        request.sandbox = "sandbox"
        return request
    }

    @Test("A request is read as it was written")
    func requestsSurvive() throws {
        #expect(try HookRequest(text: Self.request.text) == Self.request)
    }

    @Test("An answer is read as it was written")
    func answersSurvive() {
        let refused = HookAnswer(failure: "no space in the table", workload: "container a/b", microseconds: 12)
        let granted = HookAnswer(workload: "container a/b", microseconds: 7)
        #expect(HookAnswer(text: refused.text) == refused)
        #expect(HookAnswer(text: granted.text) == granted)
        #expect(HookAnswer(text: "{}") == nil)
        #expect(HookAnswer(text: "yes") == nil)
    }

    @Test(
        "A malformed request is refused with the reason",
        arguments: [
            ("", "no JSON object"), ("[]", "no JSON object"), ("{\"id\":\"a\"", "no JSON object"),
            ("{}", "not of version 1"), (#"{"version":2,"id":"a","pid":1}"#, "not of version 1"),
            (#"{"version":1,"pid":1}"#, "no container's id"), (#"{"version":1,"id":"../x","pid":1}"#, "container's id"),
            (#"{"version":1,"id":"a/b/c","pid":1}"#, "container's id"),
            (#"{"version":1,"id":7,"pid":1}"#, "id is no text"),
            (#"{"version":1,"id":"a"}"#, "no process"), (#"{"version":1,"id":"a","pid":0}"#, "no process"),
            (#"{"version":1,"id":"a","pid":-3}"#, "no process"),
            (#"{"version":1,"id":"a","pid":4294967296}"#, "no process"),
            (#"{"version":1,"id":"a","pid":1,"name":"x\ny"}"#, "name is no text"),
            (#"{"version":1,"id":"a","pid":1,"labels":["x"]}"#, "labels is no object"),
            (#"{"version":1,"id":"a","pid":1,"labels":{"x":1}}"#, "the label 'x'"),
            (#"{"version":1,"id":"a","pid":1,"labels":{"":"1"}}"#, "the label ''"),
        ])
    func malformed(text: String, reason: String) {
        let error = #expect(throws: HookRequest.Malformed.self) { try HookRequest(text: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("Too many labels, and too long ones, are refused")
    func labelsHaveLimits() {
        var many = Self.request
        for number in 0...512 { many.report.labels["label-\(number)"] = "" }
        #expect(throws: HookRequest.Malformed.self) { try HookRequest(text: many.text) }
        var long = Self.request
        long.report.labels["long"] = String(repeating: "x", count: 4097)
        #expect(throws: HookRequest.Malformed.self) { try HookRequest(text: long.text) }
    }

    @Test("A message is complete when it has as many bytes as it says, in whatever pieces they come")
    func framesInPieces() throws {
        let bytes = HookFrame.bytes(of: "hello")
        for size in 1...bytes.count {
            var frame = HookFrame(limit: 100)
            var rest = bytes[...]
            while frame.missing > 0 {
                let piece = rest.prefix(min(size, frame.missing))
                try frame.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(frame.text == "hello" && rest.isEmpty)
        }
    }

    @Test("A message that says to be longer than the limit is refused before it is read")
    func framesHaveLimits() {
        var frame = HookFrame(limit: 100)
        #expect(throws: HookFrame.TooLong.self) { try frame.append([0, 0, 0, 101]) }
        var huge = HookFrame(limit: HookFrame.requestLimit)
        #expect(throws: HookFrame.TooLong.self) { try huge.append([255, 255, 255, 255]) }
    }
}

@Suite("Listening for hooks")
struct HookListenerTests {
    private final class Calls: Sendable {
        let ids = Mutex<[String]>([])
        let kept = Mutex<[HookCall]>([])
        let isAnswered = Mutex(false)
    }

    private func listener(
        _ directory: TemporaryDirectory, _ answer: @escaping @Sendable (HookCall) -> Bool
    ) throws -> HookListener {
        let listener = try HookListener(
            runDirectory: directory.path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, take: answer)
        try listener.start()
        return listener
    }

    private func client(_ directory: TemporaryDirectory, milliseconds: Int = 5000, waits: Bool = false) -> HookClient {
        HookClient(runDirectory: directory.path, milliseconds: milliseconds, waitsForDaemon: waits)
    }

    @Test("A hook is told when the rule set is in force")
    func granted() throws {
        let directory = try TemporaryDirectory()
        let calls = Calls()
        let listener = try self.listener(directory) { call in
            calls.ids.withLock { $0.append(call.request.report.id) }
            return call.answer(HookAnswer(workload: "container prod/web"))
        }
        defer { listener.stop() }
        let answer = try client(directory).ask(HookProtocolTests.request)
        #expect(answer.workload == "container prod/web")
        #expect(calls.ids.withLock { $0 } == [HookProtocolTests.id])
    }

    @Test("A hook is told why the rule set is not in force")
    func refused() throws {
        let directory = try TemporaryDirectory()
        let listener = try self.listener(directory) { $0.answer(HookAnswer(failure: "no space in the table")) }
        defer { listener.stop() }
        #expect(throws: HookClient.Failure.refused("no space in the table")) {
            try client(directory).ask(HookProtocolTests.request)
        }
    }

    @Test("The socket is for its owner alone, and gone with the listener")
    func socketIsPrivate() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/\(HookListener.socketName)"
        let listener = try self.listener(directory) { _ in true }
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        listener.stop()
        #expect(access(path, F_OK) != 0)
    }

    @Test("Without a daemon it is said at once, and what to do")
    func noDaemon() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: HookClient.Failure.self) { try client(directory).ask(HookProtocolTests.request) }
        #expect(error?.description.contains("systemctl start kubearmor") == true)
    }

    @Test("A daemon that does not answer is waited for until the limit")
    func limit() throws {
        let directory = try TemporaryDirectory()
        let calls = Calls()
        let listener = try self.listener(directory) { call in
            calls.kept.withLock { $0.append(call) }
            return true
        }
        defer { listener.stop() }
        #expect(throws: HookClient.Failure.tooLate(milliseconds: 50)) {
            try client(directory, milliseconds: 50).ask(HookProtocolTests.request)
        }
    }

    @Test("A daemon that starts meanwhile is found")
    func startsMeanwhile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        let done = DispatchSemaphore(value: 0)
        let calls = Calls()
        let client = self.client(directory, milliseconds: 20_000, waits: true)
        Thread.start {
            let answer = try? client.ask(HookProtocolTests.request)
            calls.isAnswered.withLock { $0 = answer != nil }
            done.signal()
        }
        #expect(access("\(path)/\(HookListener.socketName)", F_OK) != 0)
        let listener = try self.listener(directory) { $0.answer(HookAnswer()) }
        defer { listener.stop() }
        #expect(done.wait(timeout: .now() + 30) == .success)
        #expect(calls.isAnswered.withLock { $0 })
    }

    @Test("What is no request is answered with a sentence, and hooks after it are heard")
    func nonsense() throws {
        let directory = try TemporaryDirectory()
        let listener = try self.listener(directory) { $0.answer(HookAnswer()) }
        defer { listener.stop() }
        for bytes in [HookFrame.bytes(of: "nonsense"), [255, 255, 255, 255]] {
            let descriptor = kubearmor_local_connect("\(directory.path)/\(HookListener.socketName)")
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            #expect(bytes.withUnsafeBytes { kubearmor_local_send(descriptor, $0.baseAddress, $0.count) } == bytes.count)
            #expect(kubearmor_local_wait(descriptor, 0, 5000) == 1)
            var frame = HookFrame(limit: HookFrame.answerLimit)
            while frame.missing > 0 {
                var piece = [UInt8](repeating: 0, count: frame.missing)
                let count = piece.withUnsafeMutableBytes {
                    kubearmor_local_receive(descriptor, $0.baseAddress, $0.count)
                }
                try #require(count > 0)
                try frame.append(piece[..<Int(count)])
            }
            #expect(HookAnswer(text: frame.text)?.failure?.isEmpty == false)
        }
        #expect(try client(directory).ask(HookProtocolTests.request).failure == nil)
    }
}

/// A thread of a test's own.
private enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global().async(execute: body)
    }
}
