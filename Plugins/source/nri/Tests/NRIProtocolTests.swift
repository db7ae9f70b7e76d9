// SPDX-License-Identifier: Apache-2.0
import NRIProtocol
import Testing

@Suite("What a runtime with NRI says is understood, or refused")
struct NRIProtocolTests {
    /// Encodes a message of texts and numbers.
    private func message(_ build: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        build(&writer)
        return writer.bytes
    }

    private func frame(_ message: TTRPCMessage) -> [UInt8] { message.bytes }

    @Test("A message is understood in whatever pieces it comes")
    func pieces() throws {
        let first = TTRPCMessage(connection: 1, stream: 7, kind: .request, payload: Array(0...200))
        let second = TTRPCMessage(connection: 2, stream: 1, kind: .response, payload: [])
        let bytes = frame(first) + frame(second)
        for size in [1, 3, 9, 64, bytes.count] {
            var reader = TTRPCReader()
            var read: [TTRPCMessage] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                read += try reader.take(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(read == [first, second])
        }
    }

    @Test("A message may come in several pieces of its connection, between those of another")
    func mixed() throws {
        let one = Array(
            TTRPCMessage(connection: 1, stream: 3, kind: .request, payload: [1, 2, 3, 4]).bytes.dropFirst(8))
        let piece: (UInt8, ArraySlice<UInt8>) -> [UInt8] = { [0, 0, 0, $0, 0, 0, 0, UInt8($1.count)] + $1 }
        let other = TTRPCMessage(connection: 2, stream: 1, kind: .response, payload: [9])
        var reader = TTRPCReader()
        let read = try reader.take((piece(1, one[..<5]) + other.bytes + piece(1, one[5...]))[...])
        #expect(read.map(\.connection) == [2, 1])
        #expect(read.last?.payload.elementsEqual([1, 2, 3, 4]) == true)
    }

    @Test(
        "What no runtime sends is refused before it takes memory",
        arguments: [
            [0, 0, 0, 3, 0, 0, 0, 1], [0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff],
            [0, 0, 0, 1, 0, 0, 0, 10, 0xff, 0, 0, 0, 0, 0, 0, 1, 1, 0],
            [0, 0, 0, 1, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0],
        ] as [[UInt8]])
    func refused(_ bytes: [UInt8]) {
        var reader = TTRPCReader()
        #expect(throws: MalformedMessage.self) { try reader.take(bytes[...]) }
    }

    @Test(
        "A message of protobuf that is cut off or has an unknown form is refused",
        arguments: [[0x0a], [0x0a, 5, 1], [0x08], [0x08, 0x80], [0x0b], [0x00, 1], [0x09, 1]] as [[UInt8]])
    func cut(_ bytes: [UInt8]) {
        #expect(throws: MalformedMessage.self) { try ProtobufMessage(bytes[...]) }
    }

    @Test("An event of older runtimes and the request of newer ones are the same")
    func events() throws {
        let pod = message {
            $0.add(1, "sandbox"); $0.add(2, "db-0"); $0.add(4, "stage"); $0.add(9, 300)
        }
        let linux = message { $0.add(5, "/k8s.io/one") }
        let label = message {
            $0.add(1, "app"); $0.add(2, "shop")
        }
        let container = message {
            $0.add(1, "one"); $0.add(2, "sandbox"); $0.add(3, "db"); $0.add(4, 1); $0.add(5, label); $0.add(11, linux)
            $0.add(12, 19_928)
        }
        let older = message {
            $0.add(1, 6); $0.add(2, pod); $0.add(3, container)
        }
        let newer = message {
            $0.add(1, pod); $0.add(2, container)
        }
        let event = try #require(try NRIEvent(method: "StateChange", older[...]))
        #expect(event == (try NRIEvent(method: "StartContainer", newer[...])))
        #expect(event.kind == .startContainer && event.pod?.namespace == "stage" && event.pod?.pid == 300)
        #expect(event.container?.labels == ["app": "shop"] && event.container?.cgroup == "/k8s.io/one")
        #expect(event.container?.pid == 19_928 && event.container?.state == .created)
        #expect(try NRIEvent(method: "UpdateContainer", newer[...]) == nil)
    }

    @Test("An answer fits into what a runtime reads at once, whatever it says")
    func answers() throws {
        let text = String(repeating: "x", count: 100_000)
        let answer = TTRPCMessage(
            connection: 1, stream: 1, kind: .response, payload: TTRPCResponse.failure(code: 9, text: text).bytes)
        #expect(answer.bytes.count < 4096)
        guard case .failure(9, let read) = try TTRPCResponse(answer.payload) else {
            Issue.record("a failure is none")
            return
        }
        #expect(text.hasPrefix(read) && !read.isEmpty)
        #expect(try TTRPCResponse([]) == .success([]))
    }

    @Test("Events are subscribed to by their bits")
    func subscription() throws {
        let bytes = NRIInterface.subscription([.runPod, .removePod, .startContainer, .removeContainer])
        #expect(try ProtobufMessage(bytes[...]).number(2) == 0b100_0010_0101)
    }

    @Test(
        "A cgroup's place is read in both of its forms",
        arguments: [
            ("/k8s.io/abc", "/k8s.io/abc"),
            (
                "kubepods-burstable-pod1.slice:cri-containerd:abc",
                "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-abc.scope"
            ),
            (":runc:abc", "/system.slice/runc-abc.scope"), ("-.slice:crio:abc", "/crio-abc.scope"),
            ("a:b", nil), ("a:b:c", nil), ("a--b.slice:x:c", nil), ("../x", nil), ("a.slice:b:../../c", nil), ("", nil),
        ] as [(String, String?)])
    func cgroups(_ told: String, _ path: String?) {
        #expect(RuntimeCgroup.path(told) == path)
    }
}
