// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Synchronization
public import Workloads

/// What sources have said and nobody has looked at yet. Any thread may post, and is never held up.
public final class SourceReports: Sendable {
    /// One thing that a source said.
    public struct Message: Sendable, Hashable {
        public enum Event: Sendable, Hashable {
            case began, synced
            /// It cannot tell at the moment; what it told stays.
            case ended
            case told(ContainerReport)
            case removed(id: String)
        }

        let source: String
        let event: Event
    }

    /// A source that says more before it is heard has to say it again.
    private static let limit = 65_536

    /// Containers that wait to be started.
    private static let callLimit = 4096

    private let messages = Mutex<[Message]>([])
    private let calls = Mutex<[HookCall]>([])
    /// How the runtimes that wait are answered, by source.
    private let waiting = Mutex<[String: @Sendable (String, HookAnswer) -> Bool]>([:])
    /// Sources that have told of everything and have not ended since.
    private let listening = Mutex<Set<String>>([])
    private let eventfd: Int32

    /// The system has no descriptor left.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public init() throws(Failure) {
        eventfd = kubearmor_wake_open()
        guard eventfd >= 0 else {
            throw Failure(description: "\(SystemText.errno(-eventfd)): raise the limit of open files")
        }
    }

    deinit { close(eventfd) }

    /// False when there is no room; the beginning and the end of a run always have some.
    @discardableResult
    public func post(_ source: String, _ event: Message.Event) -> Bool {
        listening.withLock { listening in
            if event == .synced { listening.insert(source) }
            if event == .ended { listening.remove(source) }
        }
        let isTaken = messages.withLock { messages in
            switch event {
            case .told, .removed: guard messages.count < Self.limit else { return false }
            case .began, .synced, .ended: break
            }
            messages.append(Message(source: source, event: event))
            return true
        }
        wake()
        return isTaken
    }

    /// A hook asks; false when there is no room.
    func ask(_ call: HookCall) -> Bool {
        let isTaken = calls.withLock { calls in
            guard calls.count < Self.callLimit else { return false }
            calls.append(call)
            return true
        }
        wake()
        return isTaken
    }

    /// A source's runtime waits before it starts containers from now on.
    func connect(_ source: String, answer: @escaping @Sendable (String, HookAnswer) -> Bool) {
        waiting.withLock { $0[source] = answer }
    }

    /// A source tells of a container that its runtime holds until it is answered; false when nobody would answer.
    func hold(_ report: ContainerReport, by source: String) -> Bool {
        guard let answer = waiting.withLock({ $0[source] }) else { return false }
        let id = report.id
        return ask(
            HookCall(
                request: HookRequest(report), source: source, caller: 0, isWaiting: { true },
                answer: { answer(id, $0) }))
    }

    /// The sources by which containers are held at present.
    var holding: [String] {
        let connected = waiting.withLock { Set($0.keys) }
        return listening.withLock { $0.intersection(connected) }.sorted()
    }

    func takeCalls() -> [HookCall] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }

    /// All of it, in the order in which it came.
    func take() -> [Message] {
        _ = kubearmor_wake_clear(eventfd)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }

    /// Waits for something said, or for input on the descriptor.
    func wait(alongside descriptor: Int32, milliseconds: Int32) {
        _ = kubearmor_wait_two(descriptor, eventfd, milliseconds)
    }

    func wake() { _ = kubearmor_wake_signal(eventfd) }
}
